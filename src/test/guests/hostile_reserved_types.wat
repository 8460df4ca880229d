;; hostile_reserved_types: exports the names that the server calls, with types that it doesn't call.
(module
  (func (export "mooring_open") (param i32))
  (func (export "mooring_close") (result i32) (i32.const 1))
  (func (export "mooring_timer") (param i64))
  (func (export "run"))
)
