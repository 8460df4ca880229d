# hostile_exports_many: one function under 5,000 names.
BEGIN {
  print "(module (func $run)"
  for (i = 0; i < 5000; i++) printf "  (export \"run%d\" (func $run))\n", i
  print ")"
}
