form Pitch
  sentence in a.wav
  real low 50
  real high 600
endform
sound = Read from file: in$
pitch = To Pitch (ac): 0.01, low, 15, "no", 0.03, 0.45, 0.01, 0.35, 0.14, high
n = Get number of frames
for i to n
  t = Get time from frame number: i
  f = Get value in frame: i, "Hertz"
  if f = undefined
    f = 0
  endif
  appendInfoLine: fixed$ (t, 6), " ", fixed$ (f, 4)
endfor
