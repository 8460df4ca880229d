;; hostile_shared_memory: has a shared memory.
;; build: --enable-threads
(module
  (memory (export "memory") 1 2 shared)
  (func (export "run"))
)
