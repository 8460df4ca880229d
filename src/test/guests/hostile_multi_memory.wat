;; hostile_multi_memory: has two memories.
;; build: --enable-multi-memory
(module
  (memory (export "memory") 1)
  (memory (export "other") 1)
  (func (export "run"))
)
