#!/usr/bin/env bash
# Rebuilds every sound file under samples/audio from the lists kept beside them:
#   audio/words/words.txt, audio/words/voices.txt and audio/minute.txt.
# Usage: bash samples/make.sh
set -euo pipefail
export LC_ALL=C
cd "$(dirname "$0")/audio"

# Each command and the Debian package that brings it.
missing=()
for pair in espeak-ng:espeak-ng sox:sox flac:flac lame:lame oggenc:vorbis-tools opusenc:opus-tools; do
  command -v "${pair%%:*}" >/dev/null || missing+=("${pair##*:}")
done
if ((${#missing[@]})); then
  echo "Missing Debian packages: ${missing[*]}" >&2
  echo "Install them with: apt-get install ${missing[*]}" >&2
  exit 1
fi

tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

# say ID TEXT OUT: speech at the rate of espeak-ng (22.05 kHz), with the
# options that voices.txt gives for ID.
say() {
  local options
  read -r -a options <<<"${voices[$1]}"
  # -z: no pause after the last sentence.
  espeak-ng "${options[@]}" -z -w "$3" -- "$2"
}

# tidy IN OUT RATE PAD: one peak level (-3 dB), trimmed ends, the wanted rate.
# -D turns off dither, which is random noise: without it, two runs give the
# same bytes. The threshold is low (-60 dB under full scale) because espeak-ng
# is silent to the bit between sounds, and weak consonants (f, th) must stay.
tidy() {
  sox -D "$1" -b 16 "$2" \
    gain -3 rate -v "$3" norm -3 \
    silence 1 0 -60d reverse silence 1 0 -60d reverse \
    pad "$4" "$4"
}

declare -A voices
order=()
while read -r id options; do
  voices[$id]=$options
  order+=("$id")
done <words/voices.txt

# Drop old sound files, so that a word taken off the list leaves nothing behind.
rm -f words/*.wav formats/*.{wav,mp3,flac,ogg,opus} minute.wav chirp.wav

# Every word in every voice: 16 kHz, mono, 16 bits, 70 ms of silence at each end.
while read -r word; do
  for id in "${order[@]}"; do
    say "$id" "$word" "$tmp/word.wav"
    tidy "$tmp/word.wav" "words/$word-$id.wav" 16000 0.07
  done
done <words/words.txt

# The same audio in other containers. The Ogg serial number is random unless set.
for name in bat-v1 ship-v2 umbrella-v5 elephant-v8; do
  flac --silent --best --no-padding -o "formats/$name.flac" "words/$name.wav"
  lame --quiet -b 64 "words/$name.wav" "formats/$name.mp3"
  oggenc --quiet --quality 5 --serial 1 -o "formats/$name.ogg" "words/$name.wav"
  opusenc --quiet --bitrate 24 --serial 1 "words/$name.wav" "formats/$name.opus"
done

# Two voices, one in each channel, at 44.1 kHz; the shorter side ends in silence.
say v3 "This voice is on the left." "$tmp/word.wav"
tidy "$tmp/word.wav" "$tmp/left.wav" 44100 0.07
say v8 "And this other voice is on the right." "$tmp/word.wav"
tidy "$tmp/word.wav" "$tmp/right.wav" 44100 0.07
sox -D -M "$tmp/left.wav" "$tmp/right.wav" formats/stereo-44k.wav

# A word at the rate of a telephone line.
say v1 telephone "$tmp/word.wav"
tidy "$tmp/word.wav" formats/telephone-v1-8k.wav 8000 0.07

# One minute of speech. Each line of minute.txt is a turn of exactly ten
# seconds, filled up with silence, so that turn n starts at 10 * (n - 1) s.
turns=()
while read -r id text; do
  turn=$tmp/turn${#turns[@]}.wav
  say "$id" "$text" "$tmp/word.wav"
  tidy "$tmp/word.wav" "$tmp/said.wav" 16000 0.07
  samples=$(soxi -s "$tmp/said.wav")
  if ((samples > 160000)); then
    echo "minute.txt: this turn is longer than 10 s ($samples samples): $text" >&2
    exit 1
  fi
  sox -D "$tmp/said.wav" "$turn" pad 0 "$((160000 - samples))s"
  turns+=("$turn")
done <minute.txt
sox -D "${turns[@]}" minute.wav

# A logarithmic sweep from 100 Hz to 7000 Hz in 2 s, with 10 ms fades against clicks.
sox -D -n -r 16000 -b 16 -c 1 chirp.wav synth 2 sine 100/7000 gain -6 fade t 0.01 2 0.01

echo "Wrote $(find . -type f ! -name '*.txt' ! -name '*.csv' | wc -l) sound files in samples/audio."
