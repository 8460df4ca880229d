;; hostile_start_recurse: has a start section that exhausts the stack.
(module
  (start $boot)
  (func $boot (call $boot))
  (func (export "run"))
)
