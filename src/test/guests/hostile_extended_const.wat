;; hostile_extended_const: computes the initial value of a global.
;; build: --enable-extended-const
(module
  (global $sum i32 (i32.add (i32.const 1) (i32.const 2)))
  (func (export "run") (result i32) (global.get $sum))
)
