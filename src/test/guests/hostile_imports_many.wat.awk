# hostile_imports_many: the same import 20,000 times, for matchers that compare each with each.
BEGIN {
  print "(module"
  for (i = 0; i < 20000; i++) print "  (import \"mooring\" \"input_len\" (func (result i32)))"
  print "  (func (export \"run\")))"
}
