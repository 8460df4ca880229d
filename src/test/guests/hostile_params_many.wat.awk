# hostile_params_many: a function of 1,000 parameters and 1,000 results; Java has at most 255.
#
#   run(1,000 x i32) -> (1,000 x i32)    gives back its arguments
BEGIN {
  printf "(module (func (export \"run\") (param"
  for (i = 0; i < 1000; i++) printf " i32"
  printf ") (result"
  for (i = 0; i < 1000; i++) printf " i32"
  print ")"
  for (i = 0; i < 1000; i++) printf "(local.get %d)\n", i
  print "))"
}
