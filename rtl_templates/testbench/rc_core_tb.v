// rc_core_tb: self-checking testbench of rc_core; prints "PASS: N results checked" or FAIL lines.
//
//     program (tiles,  ──► issuer ──► step commands ──► rc_core ──► results ──► checker
//     illegal commands)    feeder ──► operand beats ──►                            ▲
//                            └──► when a step's last beat is taken: every result ──┘
//                                 by direct loops, booked for its cycle
//
// Inputs change just after the rising edge, everything is sampled at the falling edge, in mid-cycle.
// What a port does not have to look at is X: operands without op_valid_i, a command without
// cmd_valid_i, unused rows.
// The program is started twice: the first run is cut by a reset of one cycle, which leaves the
// array's registers dirty and so shows that the wash after reset cleans them.
//
// vvp tb.vvp +sequence=F runs the commands and beats of a file instead, once, from the first idle
// cycle after reset, cycle 0 of the log: words, separated by blanks or line ends,
//     N                           commands, at most 64; then N times, in decimal,
//     hold legal tag count rows beats
//%if ROW_BROADCAST
//          stream chain cols taps pitch passes
//%end
//                                 then the beats of all legal commands,
//%if ROW_BROADCAST
//     hold a_i b_i tap_i          in binary but for the first, x for what must not matter.
//%else
//%//     hold a_i b_i                in binary but for the first, x for what must not matter.
//%end
// `hold` is the number of cycles in which the command or beat is not yet offered after the one
// before was taken. +log=F writes what a cycle showed, one line each:
//     cycle ready CMD OP TAP active A busy B
//     cycle command | cycle beat                  taken by the next clock edge
//     cycle column C value V                      in hexadecimal; a result
//     cycle row R tag T window W                  of column 0's; W: window_o, 0 if there is no such port
module rc_core_tb;
  localparam ROWS     = /*%ROWS*/4;
  localparam COLS     = /*%COLS*/4;
  localparam DATA_W   = /*%DATA_W*/8;
  localparam WEIGHT_W = /*%WEIGHT_W*/8;
  localparam ACC_W    = /*%ACC_W*/32;
  localparam MAX_K    = /*%MAX_K*/4608;
  localparam TAG_W    = /*%TAG_W*/16;
//%if ROW_BROADCAST
  localparam STAGES   = /*%BROADCAST_STAGES*/0;
  localparam COL_W    = $clog2(COLS + 2);
//%else
//%  localparam STAGES   = 0;
//%end
  localparam MAC_STAGES = /*%MAC_STAGES*/0;
  localparam ROW_W    = $clog2(ROWS + 2);
  localparam BEAT_W   = $clog2(MAX_K + 2);

  localparam EDGE  = 2 + STAGES;                    // cycles from a beat to the array's edge
  localparam LATE  = EDGE + 1 + 2 * MAC_STAGES;     // cycles from a last beat to its first result
  localparam SLOTS = 2 * ROWS + COLS + LATE + 1;    // cycles a result can be booked ahead
  localparam BIG   = ROWS * COLS > 256;             // an array that takes its time to simulate
  localparam STEPS = TAG_W == 1 ? 1 : BIG ? 2 : 3;  // steps of a command; TAG_W bits count them
  localparam MANY  = TAG_W < 5 ? (1 << TAG_W) - 1 : 20;  // steps of the longest command
  localparam MOST  = BIG ? 8 : 32;
  localparam LONG  = MAX_K < MOST ? MAX_K : MOST;   // most beats, taps, samples of a line, passes
  localparam WHOLE = BEAT_W <= 8;                   // the longest tile and the most passes are tried, too
  localparam HIST  = 4 * (ROWS + COLS) + 3 * LONG + 64 + (WHOLE ? 1 << BEAT_W : 0);  // beats remembered,
                                                    // at least a step's
  localparam DRAWN = BIG ? 4 : 16;                  // random commands, after the fixed ones
  localparam CUT   = 6 * ROWS + 4 * COLS + EDGE + LATE + 20;  // cycles of the first run
  localparam LIMIT = 400 * (ROWS + COLS + 40) + 4 * HIST;  // cycles after which something hangs
  localparam MAX_FAILS = 10;

  // ---------------------------------------------------------------- device under test
  reg clk, rst;
  reg cmd_valid;
  reg [TAG_W-1:0] cmd_tag, cmd_count;
  reg [ROW_W-1:0] cmd_rows;
  reg [BEAT_W-1:0] cmd_beats;
  reg op_valid;
  reg [ROWS*DATA_W-1:0] a;
  reg [COLS*WEIGHT_W-1:0] b;
  wire cmd_ready, cmd_error, op_ready, active, busy;
  wire [COLS-1:0] valid;
  wire [COLS*ACC_W-1:0] out;
  wire [ROW_W-1:0] row;
  wire [TAG_W-1:0] tag;
//%if ROW_BROADCAST
  reg cmd_stream, cmd_chain;
  reg [COL_W-1:0] cmd_cols;
  reg [BEAT_W-1:0] cmd_taps, cmd_pitch, cmd_passes;
  reg [ROWS*WEIGHT_W-1:0] tap;
  wire tap_ready, gap_error, window;
//%end

  rc_core u_core (
      .clk_i(clk),
      .rst_i(rst),
      .cmd_valid_i(cmd_valid),
      .cmd_ready_o(cmd_ready),
      .cmd_tag_i(cmd_tag),
      .cmd_count_i(cmd_count),
      .cmd_rows_i(cmd_rows),
      .cmd_beats_i(cmd_beats),
//%if ROW_BROADCAST
      .cmd_stream_i(cmd_stream),
      .cmd_chain_i(cmd_chain),
      .cmd_cols_i(cmd_cols),
      .cmd_taps_i(cmd_taps),
      .cmd_pitch_i(cmd_pitch),
      .cmd_passes_i(cmd_passes),
      .tap_ready_o(tap_ready),
      .tap_i(tap),
      .gap_error_o(gap_error),
//%end
      .cmd_error_o(cmd_error),
      .op_valid_i(op_valid),
      .op_ready_o(op_ready),
      .a_i(a),
      .b_i(b),
      .valid_o(valid),
      .out_o(out),
      .row_o(row),
      .tag_o(tag),
//%if ROW_BROADCAST
      .window_o(window),
//%end
      .active_o(active),
      .busy_o(busy)
  );

  // ---------------------------------------------------------------- chance
  integer seed;

  function integer draw(input integer low, input integer high);
    draw = low + {$random(seed)} % (high - low + 1);
  endfunction

  function integer least(input integer x, input integer y);
    least = x < y ? x : y;
  endfunction

  // A signed operand in the low `width` bits; one in four is at an end of the range.
  function [15:0] operand(input integer width);
    case (draw(0, 7))
      0: operand = 16'd1 << (width - 1);
      1: operand = (16'd1 << (width - 1)) - 16'd1;
      default: operand = draw(0, 65535);
    endcase
  endfunction

  // ---------------------------------------------------------------- program
  localparam PROGRAM = 96;
  integer length;                   // commands in the program
  reg p_legal[0:PROGRAM-1];
  integer p_tag[0:PROGRAM-1];
  integer p_count[0:PROGRAM-1];
  integer p_rows[0:PROGRAM-1];
  integer p_beats[0:PROGRAM-1];
  integer p_wait[0:PROGRAM-1];      // percent of cycles in which command or beat is held back
//%if ROW_BROADCAST
  reg p_stream[0:PROGRAM-1];
  reg p_chain[0:PROGRAM-1];
  reg p_gaps[0:PROGRAM-1];          // beats are missing inside the streams
  integer p_cols[0:PROGRAM-1];
  integer p_taps[0:PROGRAM-1];
  integer p_pitch[0:PROGRAM-1];
  integer p_passes[0:PROGRAM-1];
//%end

  // A command; whether rc_core has to take it as legal is the caller's knowledge.
  task tiles(input legal, input integer count, input integer rows, input integer beats,
             input integer hold);
    begin
      p_legal[length] = legal;
      p_tag[length]   = draw(0, 65535);
      p_count[length] = count;
      p_rows[length]  = rows;
      p_beats[length] = beats;
      p_wait[length]  = hold;
//%if ROW_BROADCAST
      p_stream[length] = 1'b0;
      p_chain[length]  = draw(0, 1);
      p_gaps[length]   = 1'b0;
      p_cols[length]   = draw(0, COLS);
      p_taps[length]   = draw(0, MAX_K);
      p_pitch[length]  = draw(0, MAX_K);
      p_passes[length] = draw(0, MAX_K);
//%end
      length = length + 1;
    end
  endtask

//%if ROW_BROADCAST
  task windows(input legal, input chain, input integer count, input integer rows,
               input integer cols, input integer taps, input integer pitch, input integer lines,
               input integer passes, input integer hold);
    begin
      tiles(legal, count, rows, (lines - 1) * pitch + taps, hold);
      p_stream[length-1] = 1'b1;
      p_chain[length-1]  = chain;
      p_cols[length-1]   = cols;
      p_taps[length-1]   = taps;
      p_pitch[length-1]  = pitch;
      p_passes[length-1] = passes;
    end
  endtask

  // Any legal windows; draws lines, pitch and taps within MAX_K.
  task drawn_windows;
    integer taps, pitch, lines, cols, rows;
    begin
      taps  = draw(1, draw(0, 3) == 0 ? LONG : least(4, MAX_K));
      pitch = draw(taps, draw(0, 3) == 0 ? LONG : least(taps + 3, LONG));
      lines = draw(1, least(3, (LONG - taps) / pitch + 1));
      cols  = draw(1, COLS);
      rows  = draw(1, ROWS);
      if (draw(0, 1) == 1) begin
        taps = least(taps, COLS);
        cols = draw(taps, COLS);
        rows = draw(1, least(ROWS, cols));
        windows(1'b1, 1'b1, draw(1, STEPS), rows, cols, taps, taps, 1, 1, draw(0, 1) * 50);
      end else
        windows(1'b1, 1'b0, draw(1, STEPS), rows, cols, taps, pitch, lines,
                draw(1, least(3, MAX_K)), draw(0, 1) * 50);
      p_gaps[length-1] = draw(0, 3) == 0;
    end
  endtask
//%end

  // ---------------------------------------------------------------- a sequence from a file
  reg [8*256-1:0] sequence_name, log_name;
  reg from_file;                    // +sequence
  reg begun;                        // its first idle cycle has been, its last one has not
  integer origin;                   // the first idle cycle; -1: yet to come
  integer sequence, log, got, hold; // files; words read
  integer cmd_hold, beat_hold;      // cycles until the next is offered
  reg [ROWS*DATA_W-1:0] file_a;
  reg [COLS*WEIGHT_W-1:0] file_b;
//%if ROW_BROADCAST
  reg [ROWS*WEIGHT_W-1:0] file_tap;
//%end

  task read_beat;
    begin
//%if ROW_BROADCAST
      got = $fscanf(sequence, "%d %b %b %b", beat_hold, file_a, file_b, file_tap);
//%else
//%      got = $fscanf(sequence, "%d %b %b", beat_hold, file_a, file_b);
//%end
    end
  endtask

  task read_program;
    integer i;
    begin
      got = $fscanf(sequence, "%d", length);
      for (i = 0; i < length; i = i + 1) begin
        got = $fscanf(sequence, "%d %b %d %d %d %d", p_wait[i], p_legal[i], p_tag[i], p_count[i],
                      p_rows[i], p_beats[i]);
//%if ROW_BROADCAST
        got = $fscanf(sequence, "%b %b %d %d %d %d", p_stream[i], p_chain[i], p_cols[i], p_taps[i],
                      p_pitch[i], p_passes[i]);
//%end
      end
      cmd_hold = p_wait[0];
      read_beat;
    end
  endtask

  task write_program;
    integer i, k3;
    begin
      length = 0;
      k3 = least(3, MAX_K);
      tiles(1'b1, 1, ROWS, least(5, MAX_K), 0);
      // The shortest tiles share the drain's two lanes; the lane rule holds them back.
      tiles(1'b1, STEPS, ROWS, 1, 0);
      tiles(1'b1, STEPS, (ROWS + 1) / 2, least(2, MAX_K), 0);
      tiles(1'b1, 1, 1, 1, 0);
      // An even reduction that never waits for its lane, then bubbles.
      tiles(1'b1, STEPS, ROWS, least(2 * ROWS, MAX_K), 0);
      tiles(1'b1, STEPS, ROWS, k3, 40);
      tiles(1'b1, 1, ROWS, LONG, 0);
      tiles(1'b1, MANY, 1, 1, 0);
      tiles(1'b0, 0, ROWS, k3, 0);
      tiles(1'b0, 1, 0, k3, 0);
      tiles(1'b0, 1, ROWS + 1, k3, 0);
      tiles(1'b0, 1, (1 << ROW_W) - 1, k3, 0);
      tiles(1'b0, 1, ROWS, 0, 0);
      // One beat more than there may be, and the most that the field says.
      tiles(1'b0, 1, ROWS, MAX_K + 1, 0);
      tiles(1'b0, 1, ROWS, (1 << BEAT_W) - 1, 0);
      if (WHOLE) tiles(1'b1, 1, ROWS, MAX_K, 0);
//%if ROW_BROADCAST
      windows(1'b1, 1'b0, 1, ROWS, COLS, k3, k3, 1, 1, 0);
      windows(1'b1, 1'b0, STEPS, ROWS, COLS, k3, k3, 1, k3, 0);
      tiles(1'b1, 1, ROWS, k3, 0);
      // Raster: three lines of two taps, two samples between them.
      windows(1'b1, 1'b0, STEPS, ROWS, (COLS + 1) / 2, least(2, MAX_K), least(4, MAX_K),
              MAX_K < 10 ? 1 : 3, 1, 50);
      i = least(k3, COLS);
      windows(1'b1, 1'b1, STEPS, least(ROWS, COLS), COLS, i, i, 1, 1, 0);
      windows(1'b1, 1'b1, STEPS, least(ROWS, COLS), COLS, 1, 1, 1, 1, 50);
      windows(1'b1, 1'b0, STEPS, ROWS, 1, 1, 1, 1, 1, 0);
      // The last offset of a pass may have no tap.
      windows(1'b1, 1'b0, 1, ROWS, COLS, 1, least(2, MAX_K), 1, 1, 0);
      p_beats[length-1] = least(2, MAX_K);
      tiles(1'b1, STEPS, ROWS, 1, 0);
      // The longest line, the widest pitch, the most passes, the most windows; missing beats.
      windows(1'b1, 1'b0, 1, ROWS, COLS, LONG, LONG, 1, 1, 0);
      if (LONG > 1) windows(1'b1, 1'b0, 1, ROWS, (COLS + 1) / 2, 1, LONG - 1, 2, 1, 0);
      windows(1'b1, 1'b0, 1, 1, least(2, COLS), 1, 1, 1, LONG, 0);
      windows(1'b1, 1'b1, MANY, 1, least(2, COLS), 1, 1, 1, 1, 0);
      windows(1'b1, 1'b0, STEPS, ROWS, COLS, k3, k3, 1, k3, 0);
      p_gaps[length-1] = 1'b1;
      // Taps and pitch may be anything that the fields say, passes as well.
      windows(1'b1, 1'b0, 1, ROWS, COLS, 1, (1 << BEAT_W) - 1, 1, 1, 0);
      p_beats[length-1] = least(2, MAX_K);
      windows(1'b1, 1'b0, 1, ROWS, COLS, 1, (1 << BEAT_W) - 1, 1, 1, 0);
      p_taps[length-1] = (1 << BEAT_W) - 1;
      if (WHOLE) windows(1'b1, 1'b0, 1, ROWS, 1, 1, 1, 1, (1 << BEAT_W) - 1, 0);
      windows(1'b0, 1'b0, 0, 1, 1, 1, 1, 1, 1, 0);
      windows(1'b0, 1'b0, 1, 0, 1, 1, 1, 1, 1, 0);
      windows(1'b0, 1'b0, 1, ROWS + 1, 1, 1, 1, 1, 1, 0);
      windows(1'b0, 1'b0, 1, 1, 1, 1, 1, 1, 1, 0);
      p_beats[length-1] = 0;
      windows(1'b0, 1'b0, 1, 1, 1, 1, 1, 1, 1, 0);
      p_beats[length-1] = MAX_K + 1;
      windows(1'b0, 1'b0, 1, 1, 1, 1, 0, 1, 1, 0);
      windows(1'b0, 1'b0, 1, 1, 1, 1, (1 << BEAT_W) - 2, 1, 1, 0);
      p_taps[length-1] = (1 << BEAT_W) - 1;
      windows(1'b0, 1'b0, 1, 1, 0, 1, 1, 1, 1, 0);
      windows(1'b0, 1'b0, 1, 1, COLS + 1, 1, 1, 1, 1, 0);
      windows(1'b0, 1'b0, 1, 1, (1 << COL_W) - 1, 1, 1, 1, 1, 0);
      windows(1'b0, 1'b0, 1, 1, 1, 0, 1, 2, 1, 0);
      windows(1'b0, 1'b0, 1, 1, 1, 2, 1, 1, 1, 0);
      windows(1'b0, 1'b0, 1, 1, 1, 1, 1, 1, 0, 0);
      for (i = 0; i < BEAT_W; i = i + 1) windows(1'b0, 1'b1, 1, 1, 1, 1, 1, 1, 1 ^ (1 << i), 0);
      windows(1'b0, 1'b1, 1, 1, 1, 1, 1, 2, 1, 0);
      if (ROWS > 1) windows(1'b0, 1'b1, 1, 2, 1, 1, 1, 1, 1, 0);
//%end
      for (i = 0; i < DRAWN; i = i + 1) begin
//%if ROW_BROADCAST
        if (draw(0, 1) == 1) drawn_windows;
        else
//%end
        tiles(1'b1, draw(1, STEPS), draw(1, ROWS), draw(1, draw(0, 3) == 0 ? LONG : least(6, MAX_K)),
              draw(0, 1) * 40);
      end
    end
  endtask

  // ---------------------------------------------------------------- failures
  integer now;      // cycles since the first edge in reset
  reg started;      // that edge has been
  integer fails;
  integer checked;  // results
  integer pending;  // results booked and not checked yet

  task failed;
    begin
      fails = fails + 1;
      if (fails == MAX_FAILS) begin
        $display("FAIL: stopped after %0d failures", fails);
        $finish;
      end
    end
  endtask

  // ---------------------------------------------------------------- expected results
  reg signed [DATA_W-1:0] a_hist[0:HIST*ROWS-1];       // beat n at (n mod HIST)
  reg signed [WEIGHT_W-1:0] b_hist[0:HIST*COLS-1];
  integer taken;                                       // beats taken
  reg [COLS-1:0] due[0:SLOTS-1];                       // cycle t at (t mod SLOTS)
  reg due_window[0:SLOTS-1];                           // they are a window's
  reg [COLS-1:0] due_wanted[0:SLOTS-1];                // the column's value is defined
  reg [ACC_W-1:0] due_value[0:SLOTS*COLS-1];
  reg [ROW_W-1:0] due_row[0:SLOTS-1];                  // column 0's
  reg [TAG_W-1:0] due_tag[0:SLOTS-1];

  task book(input integer t, input integer c, input wanted, input signed [ACC_W-1:0] value,
            input integer r, input integer t_tag);
    integer slot;
    begin
      slot = t % SLOTS;
      if (due[slot][c] !== 1'b0) begin
        $display("FAIL: cycle %0d: a second result for column %0d in cycle %0d", now, c, t);
        failed;
      end
      due[slot][c] = 1'b1;
      pending = pending + 1;
      due_wanted[slot][c] = wanted;
      due_value[slot*COLS+c] = value;
      if (c == 0) begin
        due_row[slot] = r;
        due_tag[slot] = t_tag;
      end
    end
  endtask

  // The tile whose last beat is taken now.
  task book_tile(input integer rows, input integer beats, input integer t_tag);
    integer r, c, k, at;
    reg signed [ACC_W-1:0] sum;
    for (r = 0; r < rows; r = r + 1)
      for (c = 0; c < COLS; c = c + 1) begin
        sum = 0;
        for (k = 0; k < beats; k = k + 1) begin
          at  = (taken - (beats - 1) + k) % HIST;
          sum = sum + a_hist[at*ROWS+r] * b_hist[at*COLS+c];
        end
        book(now + LATE + 2 * r + c, c, 1'b1, sum, r, t_tag);
      end
  endtask

//%if ROW_BROADCAST
  reg signed [WEIGHT_W-1:0] tap_hist[0:HIST*ROWS-1];

  // The window whose last beat is taken now. A pass ends with the `beats` samples that can meet a
  // tap; the sample of position p stands (cols - 1 - p) beats before the tap it meets.
  task book_window(input integer rows, input integer cols, input integer beats,
                   input integer taps, input integer pitch, input integer passes,
                   input integer t_tag);
    integer r, c, p, o, position, first, at;
    reg signed [ACC_W-1:0] sum;
    for (r = 0; r < rows; r = r + 1)
      for (c = 0; c < COLS; c = c + 1) begin
        position = cols - 1 - c;
        sum = 0;
        if (position >= 0)
          for (p = 0; p < passes; p = p + 1) begin
            first = taken - (passes - 1 - p) * (cols - 1 + beats) - (beats - 1);
            for (o = 0; o < beats; o = o + 1)
              if (o % pitch < taps) begin
                at  = (first + o - (cols - 1 - position)) % HIST;
                sum = sum + a_hist[at*ROWS+r] * tap_hist[(first+o)%HIST*ROWS+r];
              end
          end
        book(now + LATE + r, c, position >= 0, sum, r, t_tag);
        due_window[(now+LATE+r)%SLOTS] = 1'b1;
      end
  endtask
//%end

  // ---------------------------------------------------------------- checker
  task check_outputs;
    integer c, slot;
    begin
      slot = now % SLOTS;
      if ((pending > 0 || fed < issued) && busy !== 1'b1) begin
        $display("FAIL: cycle %0d: busy_o is %b, %0d results are missing", now, busy, pending);
        failed;
      end
      if (valid !== due[slot]) begin
        $display("FAIL: cycle %0d: valid_o is %b instead of %b", now, valid, due[slot]);
        failed;
      end
      if (due[slot] != {COLS{1'b0}})
        for (c = 0; c < COLS; c = c + 1)
          if (due[slot][c]) begin
            checked = checked + 1;
            pending = pending - 1;
            if (due_wanted[slot][c] ? out[c*ACC_W+:ACC_W] !== due_value[slot*COLS+c]
                                    : ^out[c*ACC_W+:ACC_W] === 1'bx) begin
              $display("FAIL: cycle %0d: column %0d is %h instead of %h", now, c,
                       out[c*ACC_W+:ACC_W], due_value[slot*COLS+c]);
              failed;
            end
          end
      if (due[slot][0] && (row !== due_row[slot] || tag !== due_tag[slot])) begin
        $display("FAIL: cycle %0d: row %0d of step %0d instead of row %0d of step %0d", now, row,
                 tag, due_row[slot], due_tag[slot]);
        failed;
      end
//%if ROW_BROADCAST
      if (window !== due_window[slot]) begin
        $display("FAIL: cycle %0d: window_o is %b", now, window);
        failed;
      end
//%end
      due[slot] = {COLS{1'b0}};
      due_window[slot] = 1'b0;
    end
  endtask

  task check_status;
    begin
      if (^{cmd_ready, op_ready, active, busy} === 1'bx
//%if ROW_BROADCAST
          || tap_ready === 1'bx
//%end
      ) begin
        $display("FAIL: cycle %0d: a status output is X", now);
        failed;
      end
      if (cmd_error !== illegal[1]) begin
        $display("FAIL: cycle %0d: cmd_error_o is %b", now, cmd_error);
        failed;
      end
      if (active !== (fed < entered)) begin
        $display("FAIL: cycle %0d: active_o is %b", now, active);
        failed;
      end
//%if ROW_BROADCAST
      if (gap_error !== gap) begin
        $display("FAIL: cycle %0d: gap_error_o is %b", now, gap_error);
        failed;
      end
      if (tap_ready !== (meets_tap && op_ready)) begin
        $display("FAIL: cycle %0d: tap_ready_o is %b", now, tap_ready);
        failed;
      end
//%end
    end
  endtask

  // ---------------------------------------------------------------- issuer and feeder
  integer issued;  // commands taken
  integer entered; // of them, a cycle ago: they have been checked
  reg [1:0] illegal;  // one was taken in the last cycle, in the one before
  integer fed;     // the command that is being fed
  integer step;    // its step
  integer beat;    // the step's beat, or the chained command's
  integer r, c, slot;
  integer step_beats;
  reg hold_allowed;
//%if ROW_BROADCAST
  integer offset;  // of a stream's beat from the first that may meet a tap
  reg meets_tap;   // the beat takes a tap
  reg missing;     // a beat inside a stream is not offered; zeros count in its place
  reg gap;         // and so it was in the last cycle
//%end

  task skip_illegal;
    while (fed < length && !p_legal[fed]) fed = fed + 1;
  endtask

  task restart;
    begin
      issued = 0;
      entered = 0;
      illegal = 2'b00;
//%if ROW_BROADCAST
      gap = 1'b0;
//%end
      fed = 0;
      step = 0;
      beat = 0;
      skip_illegal;
      pending = 0;
      for (slot = 0; slot < SLOTS; slot = slot + 1) begin
        due[slot] = {COLS{1'b0}};
        due_window[slot] = 1'b0;
      end
    end
  endtask

  // What the step that is being fed takes.
  task plan_step;
    begin
      step_beats   = p_beats[fed];
      hold_allowed = 1'b1;
//%if ROW_BROADCAST
      meets_tap = 1'b0;
      if (p_stream[fed]) begin
        offset = beat % (p_cols[fed] - 1 + p_beats[fed]) - (p_cols[fed] - 1);
        if (p_chain[fed] && step > 0) offset = beat + p_beats[fed] - p_cols[fed];
        meets_tap = offset >= 0 && offset % p_pitch[fed] < p_taps[fed];
        // A stream, once started, is not held back: a pass, or all windows that are chained.
        hold_allowed = beat % (p_cols[fed] - 1 + p_beats[fed]) == 0;
        if (p_chain[fed]) hold_allowed = step == 0 && beat == 0;
        step_beats = p_passes[fed] * (p_cols[fed] - 1 + p_beats[fed]);
        if (p_chain[fed] && step > 0) step_beats = p_cols[fed];
      end
//%end
    end
  endtask

  always @(posedge clk) begin
    #1 cmd_valid = 1'b0;
    {cmd_tag, cmd_count, cmd_rows, cmd_beats} = {(2 * TAG_W + ROW_W + BEAT_W) {1'bx}};
//%if ROW_BROADCAST
    {cmd_stream, cmd_chain} = 2'bxx;
    {cmd_cols, cmd_taps, cmd_pitch, cmd_passes} = {(COL_W + 3 * BEAT_W) {1'bx}};
//%end
    if (issued < length && (from_file ? begun && cmd_hold == 0 : draw(0, 99) >= p_wait[issued])) begin
      cmd_valid = 1'b1;
      cmd_tag   = p_tag[issued];
      cmd_count = p_count[issued];
      cmd_rows  = p_rows[issued];
      cmd_beats = p_beats[issued];
//%if ROW_BROADCAST
      cmd_stream = p_stream[issued];
      cmd_chain  = p_chain[issued];
      cmd_cols   = p_cols[issued];
      cmd_taps   = p_taps[issued];
      cmd_pitch  = p_pitch[issued];
      cmd_passes = p_passes[issued];
//%end
    end

    op_valid = 1'b0;
    a = {ROWS * DATA_W{1'bx}};
    b = {COLS * WEIGHT_W{1'bx}};
//%if ROW_BROADCAST
    tap = {ROWS * WEIGHT_W{1'bx}};
    {meets_tap, missing} = 2'b00;
//%end
    if (fed < length) plan_step;
    if (from_file) begin
      op_valid = begun && fed < length && beat_hold == 0;
      if (op_valid) begin
        a = file_a;
        b = file_b;
//%if ROW_BROADCAST
        tap = file_tap;
//%end
      end
    end else if (fed < length) begin
      op_valid = !(hold_allowed && draw(0, 99) < p_wait[fed]);
//%if ROW_BROADCAST
      if (!hold_allowed && p_gaps[fed]) op_valid = draw(0, 3) > 0;
      missing = !hold_allowed && !op_valid;
//%end
      if (op_valid) begin
        for (r = 0; r < p_rows[fed]; r = r + 1) a[r*DATA_W+:DATA_W] = operand(DATA_W);
//%if ROW_BROADCAST
        for (r = 0; r < p_rows[fed]; r = r + 1)
          if (meets_tap) tap[r*WEIGHT_W+:WEIGHT_W] = operand(WEIGHT_W);
        if (!p_stream[fed])
//%end
        for (c = 0; c < COLS; c = c + 1) b[c*WEIGHT_W+:WEIGHT_W] = operand(WEIGHT_W);
      end
    end
  end

  task take_beat;
    begin
      plan_step;
      slot = taken % HIST;
//%if ROW_BROADCAST
      for (r = 0; r < ROWS; r = r + 1) a_hist[slot*ROWS+r] = missing ? 0 : a[r*DATA_W+:DATA_W];
//%else
//%      for (r = 0; r < ROWS; r = r + 1) a_hist[slot*ROWS+r] = a[r*DATA_W+:DATA_W];
//%end
      for (c = 0; c < COLS; c = c + 1) b_hist[slot*COLS+c] = b[c*WEIGHT_W+:WEIGHT_W];
//%if ROW_BROADCAST
      for (r = 0; r < ROWS; r = r + 1) tap_hist[slot*ROWS+r] = missing ? 0 : tap[r*WEIGHT_W+:WEIGHT_W];
//%end
      beat = beat + 1;
      if (beat == step_beats) begin
//%if ROW_BROADCAST
        if (p_stream[fed])
          book_window(p_rows[fed], p_cols[fed], p_beats[fed], p_taps[fed], p_pitch[fed],
                      p_passes[fed], p_tag[fed] + step);
        else
//%end
        book_tile(p_rows[fed], p_beats[fed], p_tag[fed] + step);
        beat = 0;
        step = step + 1;
        if (step == p_count[fed]) begin
          step = 0;
          fed  = fed + 1;
          skip_illegal;
        end
      end
      taken = taken + 1;
    end
  endtask

  task write_log;
    integer c;
    begin
//%if ROW_BROADCAST
      $fdisplay(log, "%0d ready %b %b %b active %b busy %b", now - origin, cmd_ready, op_ready,
                tap_ready, active, busy);
//%else
//%      $fdisplay(log, "%0d ready %b %b 0 active %b busy %b", now - origin, cmd_ready, op_ready, active,
//%                busy);
//%end
      if (cmd_valid && cmd_ready) $fdisplay(log, "%0d command", now - origin);
      if (op_valid && op_ready) $fdisplay(log, "%0d beat", now - origin);
      for (c = 0; c < COLS; c = c + 1)
        if (valid[c])
          $fdisplay(log, "%0d column %0d value %h", now - origin, c, out[c*ACC_W+:ACC_W]);
//%if ROW_BROADCAST
      if (valid[0]) $fdisplay(log, "%0d row %0d tag %0d window %b", now - origin, row, tag, window);
//%else
//%      if (valid[0]) $fdisplay(log, "%0d row %0d tag %0d window 0", now - origin, row, tag);
//%end
    end
  endtask

  // Counts down to the next offer.
  task hold_back;
    begin
      if (cmd_hold > 0) cmd_hold = cmd_hold - 1;
      if (beat_hold > 0) beat_hold = beat_hold - 1;
      if (cmd_valid && cmd_ready && issued < length) cmd_hold = p_wait[issued];
      if (op_valid && op_ready && fed < length) read_beat;
    end
  endtask

  always @(negedge clk)
    if (started) begin
      check_outputs;
      check_status;
      if (!rst && from_file && origin < 0 && cmd_ready && !busy) begin
        begun  = 1'b1;
        origin = now;
      end
      if (begun && log != 0) write_log;
      if (begun && issued == length && fed == length && !busy) begun = 1'b0;
      if (rst) restart;
      else begin
        entered = issued;
        illegal = {illegal[0], cmd_valid && cmd_ready && !p_legal[issued]};
        if (cmd_valid && cmd_ready) issued = issued + 1;
//%if ROW_BROADCAST
        gap = missing && op_ready;
        if ((op_valid || missing) && op_ready) take_beat;
//%else
//%        if (op_valid && op_ready) take_beat;
//%end
        if (from_file && begun && now > origin) hold_back;
      end
      now = now + 1;
    end

  // ---------------------------------------------------------------- run
  always #5 clk = ~clk;

  task cycles(input integer count);
    begin
      repeat (count) @(posedge clk);
      #1;
    end
  endtask

  initial begin
    seed = 1;
    begun = 1'b0;
    origin = -1;
    log = 0;
    from_file = $value$plusargs("sequence=%s", sequence_name) != 0;
    if (from_file) begin
      sequence = $fopen(sequence_name, "r");
      if ($value$plusargs("log=%s", log_name)) log = $fopen(log_name, "w");
      read_program;
    end else write_program;
    now = 0;
    fails = 0;
    checked = 0;
    taken = 0;
    restart;
    started = 1'b0;
    clk = 1'b0;
    rst = 1'b1;
    cycles(1);
    started = 1'b1;
    cycles(1);
    rst = 1'b0;
    if (!from_file) begin
      cycles(CUT);
      rst = 1'b1;
      cycles(1);
      rst = 1'b0;
    end
    while (now < LIMIT && (issued < length || fed < length || busy)) cycles(1);
    cycles(SLOTS);
    if (now >= LIMIT) begin
      $display("FAIL: cycle %0d: no end in sight; command %0d of %0d, step %0d, beat %0d", now, fed,
               length, step, beat);
      failed;
    end
    if (fails == 0) $display("PASS: %0d results checked in %0d cycles", checked, now);
    else $display("FAIL: %0d failures, %0d results checked", fails, checked);
    $finish;
  end
endmodule
