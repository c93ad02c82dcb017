form Quality
  sentence in a.wav
  real low 50
  real high 600
endform
sound = Read from file: in$
pitch = To Pitch (ac): 0.01, low, 15, "no", 0.03, 0.45, 0.01, 0.35, 0.14, high
selectObject: sound, pitch
pulses = To PointProcess (cc)
jitter = Get jitter (local): 0, 0, 0.0001, 0.02, 1.3
selectObject: sound, pulses
shimmer = Get shimmer (local): 0, 0, 0.0001, 0.02, 1.3, 1.6
writeInfoLine: jitter, " ", shimmer
selectObject: sound
harmonicity = To Harmonicity (ac): 0.01, low, 0.1, 3
n = Get number of frames
for i to n
  t = Get time from frame number: i
  h = Get value in frame: i
  appendInfoLine: fixed$ (t, 6), " ", fixed$ (h, 3)
endfor
