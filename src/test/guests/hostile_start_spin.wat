;; hostile_start_spin: has a start section that never ends.
(module
  (start $boot)
  (func $boot (loop $again (br $again)))
  (func (export "run"))
)
