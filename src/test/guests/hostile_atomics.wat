;; hostile_atomics: uses atomic operations, and one that waits, on a memory that isn't shared.
;; build: --enable-threads
(module
  (memory (export "memory") 1)
  (func (export "run")
    (drop (i32.atomic.rmw.add (i32.const 0) (i32.const 1)))
    (drop (memory.atomic.wait32 (i32.const 0) (i32.const 1) (i64.const -1))))
)
