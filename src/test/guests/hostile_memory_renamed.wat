;; hostile_memory_renamed: exports a table as `memory`.
(module
  (table (export "memory") 1 funcref)
  (func (export "run"))
)
