// rc_sequencer: owns the WHEN. Takes step commands, decides in which cycle each beat enters, and
// knows when and for which step each result leaves. It can not be driven into a clash.
//
//     cmd_* ─► rc_commands ─► rc_steps ─┬─► rc_tiles ────┬─► to the edges
//               checked, in    step by  │                │
//               order          step     │                └─► rc_results ─► valid, row, tag
//%if ROW_BROADCAST
//                                       └─► rc_streams ──┘
//%end
//     rc_wash: everything waits until the array is clean
//
// A command is a run of cmd_count_i equal steps, tagged cmd_tag_i, cmd_tag_i + 1, ...
// A beat is taken in a cycle in which op_valid_i and op_ready_o are both high.
//
// OS: a step is a tile of cmd_beats_i beats on cmd_rows_i rows (rc_tiles). Rule: its last beat waits
// until the drain's lane of its cycle, even or odd, has passed all rows of the tile before (rc_results).
//%if ROW_BROADCAST
// ST-OS (cmd_stream_i): a step is a window of cmd_cols_i positions on each of cmd_rows_i rows
// (rc_streams). Rules: a stream that has begun goes on in every cycle; it begins only when nothing of a
// tile is left in the array, and so late that the window's rows leave behind those before.
//%end
//
// Latency. A command taken in cycle n (both cmd_valid_i and cmd_ready_o high) is fed from cycle n + 2 on,
// if no other is before it; one that is illegal is dropped and reported on cmd_error_o in cycle n + 2.
//%if ROW_BROADCAST
// A beat taken in cycle n is in the first element's registers in cycle n + 2 + STAGES and, being last,
// has its first result on the port of column 0, with valid_o, row_o, tag_o, in cycle n + 3 + STAGES.
//%else
//%// A beat taken in cycle n is in the first element's registers in cycle n + 2 and, being last, has its
//%// first result on the port of column 0, with valid_o, row_o, tag_o, in cycle n + 3.
//%end
// After a reset no command is taken until the array has been washed.
//
// Timing: every decision about this cycle's beat is made of flags that the cycle before prepared (is it
// the last of its tile, of its step, ...); whatever a command implies is worked out once, where it is
// taken. No path adds, compares and then decides. Of the inputs only op_valid_i meets logic before a
// register; no output depends on an input.
module rc_sequencer #(
    parameter integer ROWS  = /*%ROWS*/4,     // rows of the array, from 1
    parameter integer COLS  = /*%COLS*/4,     // columns of the array, from 1
    parameter integer MAX_K = /*%MAX_K*/4608, // most beats of a tile or pass, from 1
//%if ROW_BROADCAST
    parameter integer STAGES = /*%BROADCAST_STAGES*/0, // registers in the broadcast, from 0
//%end
    parameter integer MAC_STAGES = /*%MAC_STAGES*/0, // registers between multiplier and adder, 0..1
    parameter integer TAG_W = /*%TAG_W*/16    // bits of a step's tag and of a number of steps, from 1
) (
    input  wire                         clk_i,
    input  wire                         rst_i,        // synchronous, active high, at least one cycle
    // Step commands.
    input  wire                         cmd_valid_i,
    output wire                         cmd_ready_o,  // never depends on an input
    input  wire [            TAG_W-1:0] cmd_tag_i,    // tag of the first step
    input  wire [            TAG_W-1:0] cmd_count_i,  // steps, from 1
    input  wire [ $clog2(ROWS + 2)-1:0] cmd_rows_i,   // used rows, 1..ROWS; row 0 first
    input  wire [$clog2(MAX_K + 2)-1:0] cmd_beats_i,  // OS: length of the reduction, 1..MAX_K
//%if ROW_BROADCAST
                                                      // ST-OS: tap offsets of a pass, 1..MAX_K
    input  wire                         cmd_stream_i, // 0: OS tiles, 1: ST-OS windows; the rest is for ST-OS
    input  wire                         cmd_chain_i,  // windows share one continuous stream
    input  wire [ $clog2(COLS + 2)-1:0] cmd_cols_i,   // positions of a window, 1..COLS
    input  wire [$clog2(MAX_K + 2)-1:0] cmd_taps_i,   // taps of a line, 1..cmd_pitch_i
    input  wire [$clog2(MAX_K + 2)-1:0] cmd_pitch_i,  // samples from a line to the next, from 1
    input  wire [$clog2(MAX_K + 2)-1:0] cmd_passes_i, // passes of a window, from 1; with cmd_chain_i 1
//%end
    output wire                         cmd_error_o,  // the command taken two cycles ago was illegal
    // Operand beats.
    input  wire                         op_valid_i,
    output wire                         op_ready_o,   // never depends on an input
//%if ROW_BROADCAST
    output wire                         tap_ready_o,  // this beat takes a tap of every used row
    output wire                         gap_error_o,  // op_valid_i was low inside a stream a cycle ago
//%end
    // To the edges, in the cycle the beat is taken.
    output wire [             ROWS-1:0] row_en_o,     // rows that take a sample or an activation
    output wire                         col_en_o,     // columns take a weight
    output wire [ $clog2(ROWS + 2)-1:0] last_rows_o,  // rows whose OS tile ends; 0: none
//%if ROW_BROADCAST
    output wire [             ROWS-1:0] stream_o,     // rows whose sample of this cycle is ST-OS
    output wire [             ROWS-1:0] tap_en_o,     // rows that take a tap
    output wire [             ROWS-1:0] lastb_o,      // rows whose window ends
//%end
    // Results, in step with the array's ports.
    output wire [             COLS-1:0] valid_o,      // the column's port holds a result
    output wire [ $clog2(ROWS + 2)-1:0] row_o,        // column 0: its row
    output wire [            TAG_W-1:0] tag_o,        // column 0: its step
//%if ROW_BROADCAST
    output wire                         window_o,     // all columns: of a window
//%end
    output wire                         active_o,     // a step is being fed, or waits for its operands
    output wire                         busy_o        // washing, a command is left, something on its way
);
  localparam integer ROW_W = $clog2(ROWS + 2);
  localparam [ROW_W-1:0] NO_ROW = 0;
  localparam [ROW_W-1:0] ALL_ROWS = ROWS[ROW_W-1:0];
//%if ROW_BROADCAST
  localparam integer COL_W = $clog2(COLS + 2);
//%end
  localparam integer BEAT_W = $clog2(MAX_K + 2);

  // Clock edges from a beat's handshake, the first of them, to the first element's registers,
//%if ROW_BROADCAST
  localparam integer TO_ELEMENT = 2 + STAGES;
//%else
//%  localparam integer TO_ELEMENT = 2;
//%end
  // and to its result on a port.
  localparam integer TO_PORT = TO_ELEMENT + 1 + 2 * MAC_STAGES;
  // Cycles from an OS tile's last beat until its last result has left and b is zero everywhere.
  localparam integer CLEAR = 2 * (ROWS - 1) + COLS;

  // ---------------------------------------------------------------- wash
  wire washing, wash_wave;
  rc_wash #(
      .ZEROS(TO_ELEMENT + ROWS + COLS),
      .WAVE(TO_PORT + CLEAR)
  ) u_wash (
      .clk_i(clk_i),
      .rst_i(rst_i),
      .washing_o(washing),
      .wave_o(wash_wave)
  );

  // ---------------------------------------------------------------- commands
  wire load;  // the command behind takes its turn
  wire waiting, commands_busy;
  wire [TAG_W-1:0] new_tag, new_count;
  wire [ROW_W-1:0] new_rows;
  wire [BEAT_W-1:0] new_beats;
//%if ROW_BROADCAST
  wire new_stream, new_chain;
  wire [COL_W-1:0] new_cols;
  wire [BEAT_W-1:0] new_taps, new_gap, new_passes;
//%end

  rc_commands #(
      .ROWS(ROWS),
//%if ROW_BROADCAST
      .COLS(COLS),
//%end
      .MAX_K(MAX_K),
      .TAG_W(TAG_W)
  ) u_commands (
      .clk_i(clk_i),
      .rst_i(rst_i),
      .open_i(!washing),
      .cmd_valid_i(cmd_valid_i),
      .cmd_ready_o(cmd_ready_o),
      .cmd_tag_i(cmd_tag_i),
      .cmd_count_i(cmd_count_i),
      .cmd_rows_i(cmd_rows_i),
      .cmd_beats_i(cmd_beats_i),
//%if ROW_BROADCAST
      .cmd_stream_i(cmd_stream_i),
      .cmd_chain_i(cmd_chain_i),
      .cmd_cols_i(cmd_cols_i),
      .cmd_taps_i(cmd_taps_i),
      .cmd_pitch_i(cmd_pitch_i),
      .cmd_passes_i(cmd_passes_i),
//%end
      .cmd_error_o(cmd_error_o),
      .valid_o(waiting),
      .take_i(load),
      .tag_o(new_tag),
      .count_o(new_count),
      .rows_o(new_rows),
      .beats_o(new_beats),
//%if ROW_BROADCAST
      .stream_o(new_stream),
      .chain_o(new_chain),
      .cols_o(new_cols),
      .taps_o(new_taps),
      .gap_o(new_gap),
      .passes_o(new_passes),
//%end
      .busy_o(commands_busy)
  );

  // ---------------------------------------------------------------- steps
  wire [TAG_W-1:0] tag;
  wire [ROW_W-1:0] rows;
//%if ROW_BROADCAST
  wire stream;
//%end
  wire step_end;

  rc_steps #(
      .ROWS (ROWS),
      .TAG_W(TAG_W)
  ) u_steps (
      .clk_i(clk_i),
      .rst_i(rst_i),
      .load_o(load),
      .valid_i(waiting),
      .tag_i(new_tag),
      .count_i(new_count),
      .rows_i(new_rows),
//%if ROW_BROADCAST
      .stream_i(new_stream),
//%end
      .active_o(active_o),
      .tag_o(tag),
      .rows_o(rows),
//%if ROW_BROADCAST
      .stream_o(stream),
//%end
      .step_end_i(step_end)
  );

  // ---------------------------------------------------------------- beats
//%if ROW_BROADCAST
  wire feed_tiles = active_o && !stream;
//%else
//%  wire feed_tiles = active_o;
//%end
  wire lane_busy;
  wire tile_ready, tile_take, tile_end;
  wire count_beat, last_beat;

//%if ROW_BROADCAST
  // Of a tile, or of a pass.
//%end
  rc_repeat #(
      .WIDTH(BEAT_W)
  ) u_beats (
      .clk_i(clk_i),
      .load_i(load),
      .value_i(new_beats),
      .step_i(count_beat),
      .last_o(last_beat)
  );

  rc_tiles u_tiles (
      .active_i(feed_tiles),
      .last_beat_i(last_beat),
      .lane_busy_i(lane_busy),
      .op_valid_i(op_valid_i),
      .ready_o(tile_ready),
      .take_o(tile_take),
      .end_o(tile_end)
  );

//%if ROW_BROADCAST
  wire feed_stream = active_o && stream;
  wire [ROW_W-1:0] rows_left;
  wire stream_ready, stream_count, stream_end, clear;

  rc_streams #(
      .ROWS (ROWS),
      .COLS (COLS),
      .MAX_K(MAX_K),
      .CLEAR(CLEAR)
  ) u_streams (
      .clk_i(clk_i),
      .rst_i(rst_i),
      .load_i(load),
      .chain_i(new_chain),
      .cols_i(new_cols),
      .beats_i(new_beats),
      .taps_i(new_taps),
      .gap_i(new_gap),
      .passes_i(new_passes),
      .active_i(feed_stream),
      .last_beat_i(last_beat),
      .count_o(stream_count),
      .tile_take_i(tile_take),
      .rows_left_i(rows_left),
      .op_valid_i(op_valid_i),
      .ready_o(stream_ready),
      .tap_o(tap_ready_o),
      .end_o(stream_end),
      .clear_o(clear),
      .gap_error_o(gap_error_o)
  );
  assign op_ready_o = tile_ready || stream_ready;
  assign count_beat = tile_take || stream_count;
  assign step_end = tile_end || stream_end;
//%else
//%  assign op_ready_o = tile_ready;
//%  assign count_beat = tile_take;
//%  assign step_end = tile_end;
//%end

  // ---------------------------------------------------------------- to the edges
  wire [ROWS-1:0] used = ~({ROWS{1'b1}} << rows);
  wire given = op_ready_o && op_valid_i;  // the beat is not missing
  assign row_en_o = used & {ROWS{given}};
  assign col_en_o = tile_take;
  assign last_rows_o = wash_wave ? ALL_ROWS : tile_end ? rows : NO_ROW;
//%if ROW_BROADCAST
  // The skew is bypassed only when the last tile's operands have left it.
  assign stream_o = used & {ROWS{feed_stream && clear}};
  assign tap_en_o = used & {ROWS{tap_ready_o && op_valid_i}};
  assign lastb_o = used & {ROWS{stream_end}};
//%end

  // ---------------------------------------------------------------- results
  wire results_busy;
  rc_results #(
      .ROWS(ROWS),
      .COLS(COLS),
      .TAG_W(TAG_W),
      .LATENCY(TO_PORT)
  ) u_results (
      .clk_i(clk_i),
      .rst_i(rst_i),
      .end_i(step_end),
      .rows_i(rows),
      .tag_i(tag),
//%if ROW_BROADCAST
      .stream_i(stream),
//%end
      .lane_busy_o(lane_busy),
//%if ROW_BROADCAST
      .rows_left_o(rows_left),
//%end
      .valid_o(valid_o),
      .row_o(row_o),
      .tag_o(tag_o),
//%if ROW_BROADCAST
      .window_o(window_o),
//%end
      .busy_o(results_busy)
  );

//%if ROW_BROADCAST
  assign busy_o = washing || commands_busy || active_o || results_busy || !clear;
//%else
//%  assign busy_o = washing || commands_busy || active_o || results_busy;
//%end
endmodule
