;; hostile_data_oob: has a data segment outside its memory: instantiation traps.
(module
  (memory (export "memory") 1)
  (data (i32.const 65530) "beyond the end")
  (func (export "run"))
)
