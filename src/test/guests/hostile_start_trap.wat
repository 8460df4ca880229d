;; hostile_start_trap: has a start section that traps.
(module
  (start $boot)
  (func $boot unreachable)
  (func (export "run"))
)
