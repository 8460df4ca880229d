;; hostile_tail_call: loops by tail calls, without a back-edge and without a growing stack.
;; build: --enable-tail-call
(module
  (func $run (export "run") (return_call $run))
)
