;; hostile_exceptions: throws and catches.
;; build: --enable-exceptions
(module
  (tag $oops (param i32))
  (func (export "run")
    (try (do (throw $oops (i32.const 1))) (catch $oops drop)))
)
