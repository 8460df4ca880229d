;; hostile_memory_hidden: uses an import that takes addresses, without exporting its memory.
(module
  (import "mooring" "output_write" (func $output_write (param i32 i32)))
  (memory 1)
  (func (export "run") (call $output_write (i32.const 0) (i32.const 1)))
)
