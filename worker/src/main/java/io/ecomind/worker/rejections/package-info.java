/** What becomes of rejections with time. */
@NullMarked
package io.ecomind.worker.rejections;

import org.jspecify.annotations.NullMarked;
