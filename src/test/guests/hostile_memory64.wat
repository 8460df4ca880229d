;; hostile_memory64: has a memory with 64-bit addresses.
;; build: --enable-memory64
(module
  (memory (export "memory") i64 1)
  (func (export "run") (i32.store (i64.const 0) (i32.const 1)))
)
