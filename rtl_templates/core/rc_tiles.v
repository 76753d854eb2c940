// rc_tiles: feeds OS tiles.
//
// A tile is a run of beats; a beat is taken in a cycle in which op_valid_i and ready_o are both high. A
// missing one is a bubble, legal anywhere. The next tile begins behind the last beat of the one before.
//
// The lane rule: results of a tile whose last beat is taken in cycle t leave in t, t + 2, t + 4, ... (and a
// constant). So ready_o is low for a last beat as long as lane_busy_i says that an earlier step still has
// rows to send in cycles like this one; in the next cycle the other lane is asked.
//
//     beats = 2     k0   k1        k0        k1
//     lane_busy_i             -    -    high  -     (-: does not matter, or low)
//     ready_o       high high high high low  high
module rc_tiles (
    input  wire active_i,    // tiles are fed
    input  wire last_beat_i, // the tile's last beat is next
    input  wire lane_busy_i,
    input  wire op_valid_i,
    output wire ready_o,     // never depends on op_valid_i
    output wire take_o,      // a beat is taken
    output wire end_o        // and is the tile's last
);
  assign ready_o = active_i && !(last_beat_i && lane_busy_i);
  assign take_o = ready_o && op_valid_i;
  assign end_o = take_o && last_beat_i;
endmodule
