;; hostile_memory_huge: starts with all the memory that 32 bits can address.
(module
  (memory (export "memory") 65536)
  (func (export "run"))
)
