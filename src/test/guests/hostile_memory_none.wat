;; hostile_memory_none: uses an import that takes addresses, without having a memory.
(module
  (import "mooring" "output_write" (func $output_write (param i32 i32)))
  (func (export "run") (call $output_write (i32.const 0) (i32.const 1)))
)
