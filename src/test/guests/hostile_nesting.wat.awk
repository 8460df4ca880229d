# hostile_nesting: 50,000 blocks within one another, for readers that recurse.
BEGIN {
  print "(module (func (export \"run\")"
  for (i = 0; i < 50000; i++) print "block"
  for (i = 0; i < 50000; i++) print "end"
  print "))"
}
