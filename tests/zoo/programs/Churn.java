// SPDX-License-Identifier: MIT
import java.util.HashMap;
import java.util.Map;

/**
 * Churn KILOBYTES_PER_SECOND LIVE_KILOBYTES LEAK_EVERY: makes objects of 1 kB, keeps a ring of the last ones; one in
 * LEAK_EVERY (0: none) goes into a static map and is never removed.
 */
class Churn {
	static final Map<Long, byte[]> map = new HashMap<>();

	public static void main(String[] args) throws InterruptedException {
		int rate = Integer.parseInt(args[0]), leakEvery = Integer.parseInt(args[2]);
		byte[][] live = new byte[Integer.parseInt(args[1])][];
		long begin = System.nanoTime();

		for (long made = 0;; Thread.sleep(20))
			for (; made * 1e9 < (double) (System.nanoTime() - begin) * rate; made++) {
				byte[] object = new byte[1000];
				live[(int) (made % live.length)] = object;
				if (leakEvery > 0 && made % leakEvery == 0)
					map.put(made, object);
			}
	}
}
