;; hostile_initialize_fail: has an `_initialize` that fails, with the message `no`.
(module
  (import "mooring" "fail" (func $fail (param i32 i32)))
  (memory (export "memory") 1)
  (data (i32.const 0) "no")
  (func (export "_initialize") (call $fail (i32.const 0) (i32.const 2)))
  (func (export "run"))
)
