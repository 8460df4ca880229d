;; hostile_initialize_trap: has an `_initialize` that traps.
(module
  (func (export "_initialize") unreachable)
  (func (export "run"))
)
