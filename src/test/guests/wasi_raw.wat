;; wasi_raw: calls WASI as no libc would.
;;
;;   lines()    writes 4096 lines of one letter to standard output, in one fd_write
;;   *_oob      gives a function of WASI's a pointer that isn't in memory: traps
(module
  (import "wasi_snapshot_preview1" "args_sizes_get"
    (func $args_sizes_get (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "environ_sizes_get"
    (func $environ_sizes_get (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "environ_get" (func $environ_get (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "clock_res_get"
    (func $clock_res_get (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "clock_time_get"
    (func $clock_time_get (param i32 i64 i32) (result i32)))
  (import "wasi_snapshot_preview1" "random_get" (func $random_get (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_fdstat_get"
    (func $fd_fdstat_get (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_write"
    (func $fd_write (param i32 i32 i32 i32) (result i32)))

  (memory (export "memory") 1)

  (func (export "lines")
    (local $at i32)
    (local.set $at (i32.const 1024))
    (loop $again
      (i32.store16 (local.get $at) (i32.const 0x0a78))
      (local.set $at (i32.add (local.get $at) (i32.const 2)))
      (br_if $again (i32.lt_u (local.get $at) (i32.const 9216))))
    (i32.store (i32.const 0) (i32.const 1024))
    (i32.store (i32.const 4) (i32.const 8192))
    (drop (call $fd_write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 16))))

  (func (export "args_oob") (drop (call $args_sizes_get (i32.const 0) (i32.const -2))))
  (func (export "environ_sizes_oob") (drop (call $environ_sizes_get (i32.const 65534) (i32.const 0))))
  (func (export "environ_oob") (drop (call $environ_get (i32.const 65536) (i32.const 0))))
  (func (export "environ_text_oob") (drop (call $environ_get (i32.const 0) (i32.const 65535))))
  (func (export "clock_res_oob") (drop (call $clock_res_get (i32.const 0) (i32.const 65530))))
  (func (export "clock_time_oob")
    (drop (call $clock_time_get (i32.const 0) (i64.const 0) (i32.const -8))))
  (func (export "random_oob") (drop (call $random_get (i32.const 65530) (i32.const 7))))
  (func (export "fdstat_oob") (drop (call $fd_fdstat_get (i32.const 1) (i32.const 65530))))
  (func (export "vectors_oob")
    (drop (call $fd_write (i32.const 1) (i32.const 65532) (i32.const 1) (i32.const 0))))
  (func (export "written_oob")
    (drop (call $fd_write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 70000))))
)
