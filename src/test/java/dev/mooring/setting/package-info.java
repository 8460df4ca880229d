/** What is wrong with a setting, by other names. */
@NullMarked
package dev.mooring.setting;

import org.jspecify.annotations.NullMarked;
