# hostile_nesting: 20,000 blocks within one another, for readers that recurse. (Bytes, because
# wat2wasm is such a reader.)
BEGIN {
  blocks = 20000
  print "00 61 73 6d 01 00 00 00"
  print "01 04 01 60 00 00           ;; types: () -> ()"
  print "03 02 01 00                 ;; functions: one, of type 0"
  print "07 07 01 03 72 75 6e 00 00  ;; exports: `run`, function 0"
  body = 1 + 3 * blocks + 1
  print "0a", leb(1 + 4 + body), "01", leb(body), "00"
  for (i = 0; i < blocks; i++) print "02 40"
  for (i = 0; i < blocks; i++) print "0b"
  print "0b"
}
function leb(n) { # always four bytes
  return sprintf("%02x %02x %02x %02x", n % 128 + 128, int(n / 128) % 128 + 128,
                 int(n / 16384) % 128 + 128, int(n / 2097152))
}
