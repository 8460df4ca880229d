# hostile_imports_many: the same import 5,000 times, for matchers that compare each with each.
BEGIN {
  print "(module"
  for (i = 0; i < 5000; i++) print "  (import \"mooring\" \"input_len\" (func (result i32)))"
  print "  (func (export \"run\")))"
}
