;; hostile_initialize_type: has an `_initialize` that takes a parameter.
(module
  (func (export "_initialize") (param i32))
  (func (export "run"))
)
