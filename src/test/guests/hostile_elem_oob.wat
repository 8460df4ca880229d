;; hostile_elem_oob: has an element segment outside its table: instantiation traps.
(module
  (table 1 funcref)
  (elem (i32.const 1) func $run)
  (func $run (export "run"))
)
