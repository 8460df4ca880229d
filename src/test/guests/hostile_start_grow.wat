;; hostile_start_grow: has a start section that takes all the memory it can get, and writes it.
(module
  (memory (export "memory") 1)
  (start $boot)
  (func $boot
    (loop $again
      (br_if $again (i32.ne (memory.grow (i32.const 16)) (i32.const -1))))
    (memory.fill (i32.const 0) (i32.const 1) (i32.shl (memory.size) (i32.const 16))))
  (func (export "run"))
)
