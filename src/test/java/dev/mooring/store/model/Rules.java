package dev.mooring.store.model;

import org.jspecify.annotations.Nullable;

/** The rules as they are kept: all, or all but one. */
record Rules(@Nullable Breach broken) {
  static final Rules ALL = new Rules(null);

  boolean breaks(Breach breach) {
    return broken == breach;
  }

  boolean keeps(Breach breach) {
    return broken != breach;
  }
}
