;; hostile_initialize_spin: has an `_initialize` that never ends.
(module
  (func (export "_initialize") (loop $again (br $again)))
  (func (export "run"))
)
