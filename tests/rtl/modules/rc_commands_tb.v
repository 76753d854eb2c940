// rc_commands: what comes out, when a command may come in, and what is reported, against a list.
//
// First every field at its bounds, the others legal: the least and the most that the contract says, one
// less, one more, and the most that the field can say. Then commands at random, offered and wanted at random
// and at full speed, with resets in between.
module rc_commands_tb;
  parameter integer ROWS  = 3;
  parameter integer COLS  = 4;
  parameter integer MAX_K = 5;
  parameter integer TAG_W = 3;
  localparam ROW_W  = $clog2(ROWS + 2);
  localparam COL_W  = $clog2(COLS + 2);
  localparam BEAT_W = $clog2(MAX_K + 2);
  localparam FIELD  = (1 << BEAT_W) - 1;  // the most that a number of beats can say
  localparam WIDTH  = 2 * TAG_W + ROW_W + 4 * BEAT_W + COL_W + 2;

  reg clk, rst, open;
  reg cmd_valid, take;
  reg [TAG_W-1:0] cmd_tag, cmd_count;
  reg [ROW_W-1:0] cmd_rows;
  reg [BEAT_W-1:0] cmd_beats, cmd_taps, cmd_pitch, cmd_passes;
  reg cmd_stream, cmd_chain;
  reg [COL_W-1:0] cmd_cols;
  wire cmd_ready, cmd_error, valid, busy;
  wire [TAG_W-1:0] tag, count;
  wire [ROW_W-1:0] rows;
  wire [BEAT_W-1:0] beats;
`ifdef ROW_BROADCAST
  wire stream, chain;
  wire [COL_W-1:0] cols;
  wire [BEAT_W-1:0] taps, gap, passes;
`else
  // Such an array takes all for tiles; what it does not look at comes back as it went in.
  wire stream = 1'b0;
  wire chain = due[0][3*BEAT_W+COL_W];
  wire [COL_W-1:0] cols = due[0][3*BEAT_W+:COL_W];
  wire [BEAT_W-1:0] taps = due[0][2*BEAT_W+:BEAT_W];
  wire [BEAT_W-1:0] gap = due[0][BEAT_W+:BEAT_W];
  wire [BEAT_W-1:0] passes = due[0][0+:BEAT_W];
`endif
  wire [WIDTH-1:0] shown = {tag, count, rows, beats, stream, chain, cols, taps, gap, passes};

  rc_commands #(
      .ROWS(ROWS),
`ifdef ROW_BROADCAST
      .COLS(COLS),
`endif
      .MAX_K(MAX_K),
      .TAG_W(TAG_W)
  ) u_commands (
      .clk_i(clk),
      .rst_i(rst),
      .open_i(open),
      .cmd_valid_i(cmd_valid),
      .cmd_ready_o(cmd_ready),
      .cmd_tag_i(cmd_tag),
      .cmd_count_i(cmd_count),
      .cmd_rows_i(cmd_rows),
      .cmd_beats_i(cmd_beats),
`ifdef ROW_BROADCAST
      .cmd_stream_i(cmd_stream),
      .cmd_chain_i(cmd_chain),
      .cmd_cols_i(cmd_cols),
      .cmd_taps_i(cmd_taps),
      .cmd_pitch_i(cmd_pitch),
      .cmd_passes_i(cmd_passes),
      .stream_o(stream),
      .chain_o(chain),
      .cols_o(cols),
      .taps_o(taps),
      .gap_o(gap),
      .passes_o(passes),
`endif
      .cmd_error_o(cmd_error),
      .valid_o(valid),
      .take_i(take),
      .tag_o(tag),
      .count_o(count),
      .rows_o(rows),
      .beats_o(beats),
      .busy_o(busy)
  );

  integer t, fails, errors, streak, longest;

  function integer draw(input integer low, input integer high);
    draw = low + {$random} % (high - low + 1);
  endfunction
  function integer least(input integer x, input integer y);
    least = x < y ? x : y;
  endfunction

  task check(input ok, input [8*16:1] what);
    if (ok !== 1'b1) begin
      $display("FAIL: cycle %0d: %0s", t, what);
      fails = fails + 1;
    end
  endtask

  // ---------------------------------------------------------------- commands
  task draw_legal(input streamed, input chained);
    begin
      cmd_tag    = $random;
      cmd_count  = draw(1, (1 << TAG_W) - 1);
      cmd_rows   = draw(1, ROWS);
      cmd_beats  = draw(1, MAX_K);
      cmd_stream = 1'b0;
      cmd_chain  = $random;
      cmd_cols   = $random;
      cmd_taps   = $random;
      cmd_pitch  = $random;
      cmd_passes = $random;
`ifdef ROW_BROADCAST
      cmd_stream = streamed || draw(0, 1) == 1;
      if (streamed) cmd_chain = chained;
      if (cmd_stream) begin
        cmd_cols   = draw(1, COLS);
        cmd_pitch  = draw(1, FIELD);
        cmd_taps   = draw(1, cmd_pitch);
        cmd_passes = draw(1, FIELD);
        if (cmd_chain) begin
          cmd_passes = 1;
          cmd_rows   = draw(1, least(ROWS, cmd_cols));
          cmd_beats  = draw(1, least(MAX_K, cmd_cols));
        end
      end
`endif
    end
  endtask

  // One field as number `which` of its bounds, whatever that makes of the command.
  task bound(input integer field, input integer which);
    integer low, high, top, value;
    begin
      low = 1;
      case (field)
        0: {high, top} = {32'd1 << TAG_W, 32'd1 << TAG_W};
        1: {high, top} = {ROWS, 32'd1 << ROW_W};
        2: {high, top} = {MAX_K, 32'd1 << BEAT_W};
        3: {high, top} = {COLS, 32'd1 << COL_W};
        4: {high, top} = {{{(32 - BEAT_W) {1'b0}}, cmd_pitch}, 32'd1 << BEAT_W};
        5: {high, top} = {32'd1 << BEAT_W, 32'd1 << BEAT_W};
        6: {low, high, top} = {{(32 - BEAT_W) {1'b0}}, cmd_taps, 32'd1 << BEAT_W, 32'd1 << BEAT_W};
        7: {high, top} = {{{(32 - COL_W) {1'b0}}, cmd_cols}, 32'd1 << BEAT_W};
        default: {high, top} = {{{(32 - COL_W) {1'b0}}, cmd_cols}, 32'd1 << ROW_W};
      endcase
      case (which)
        0: value = low - 1;
        1: value = low;
        2: value = high;
        3: value = high + 1;
        default: value = top - 1;
      endcase
      if (value < top) begin
        case (field)
          0: cmd_count = value;
          1, 8: cmd_rows = value;
          2, 7: cmd_beats = value;
          3: cmd_cols = value;
          4: cmd_taps = value;
          5: cmd_passes = value;
          default: cmd_pitch = value;
        endcase
      end
    end
  endtask

  reg legal;
  task judge;
    begin
      legal = cmd_count >= 1 && cmd_rows >= 1 && cmd_rows <= ROWS && cmd_beats >= 1
          && cmd_beats <= MAX_K;
      if (cmd_stream) begin
        if (cmd_cols < 1 || cmd_cols > COLS || cmd_taps < 1 || cmd_taps > cmd_pitch
            || cmd_passes < 1) legal = 1'b0;
        if (cmd_chain && (cmd_passes != 1 || cmd_beats > cmd_cols || cmd_rows > cmd_cols)) legal = 1'b0;
      end
    end
  endtask

  // ---------------------------------------------------------------- the rules
  reg [WIDTH-1:0] due[0:3];     // legal commands taken, the one to be checked as the last
  integer dues;                 // of them
  reg checked, checked_legal;   // one came in the cycle before
  reg error;

  task cycle;
    integer i;
    reg gone;
    reg [BEAT_W-1:0] cmd_gap;
    begin
      judge;
      if (!cmd_valid) begin
        {cmd_tag, cmd_count, cmd_rows, cmd_beats, cmd_stream, cmd_chain} = {WIDTH{1'bx}};
        {cmd_cols, cmd_taps, cmd_pitch, cmd_passes} = {WIDTH{1'bx}};
      end
      #1;
      // One waits, and another one is behind it, be it one that is about to be dropped.
      check(cmd_ready === (open && dues + (checked && !checked_legal) < 2), "cmd_ready_o");
      check(cmd_error === error, "cmd_error_o");
      check(valid === (dues > 0), "valid_o");
      check(busy === (dues > 0 || checked), "busy_o");
      if (dues > 0) check(shown === due[0], "fields");
      gone  = take && dues > 0;
      error = checked && !checked_legal;
      if (error) errors = errors + 1;
      if (gone) begin
        dues = dues - 1;
        for (i = 0; i < 3; i = i + 1) due[i] = due[i+1];
      end
      checked = cmd_valid && cmd_ready === 1'b1;
      checked_legal = legal;
      cmd_gap = cmd_pitch - cmd_taps;
      if (checked && legal) begin
        due[dues] = {cmd_tag, cmd_count, cmd_rows, cmd_beats, cmd_stream, cmd_chain, cmd_cols, cmd_taps,
                     cmd_gap, cmd_passes};
        dues = dues + 1;
      end
      streak = gone ? streak + 1 : 0;
      if (streak > longest) longest = streak;
      if (rst) begin
        dues = 0;
        checked = 1'b0;
        error = 1'b0;
      end
      #4 clk = 1'b1;
      #5 clk = 1'b0;
      t = t + 1;
    end
  endtask

  task reset;
    begin
      rst = 1'b1;
      #5 clk = 1'b1;
      #5 clk = 1'b0;
      rst = 1'b0;
      dues = 0;
      checked = 1'b0;
      error = 1'b0;
    end
  endtask

  integer field, which, stretch;
  initial begin
    fails = 0;
    errors = 0;
    streak = 0;
    longest = 0;
    t = 0;
    clk = 1'b0;
    open = 1'b1;
    cmd_valid = 1'b0;
    take = 1'b1;
    reset;
    for (field = 0; field < 9; field = field + 1)
      for (which = 0; which < 5; which = which + 1)
        repeat (12) begin
          draw_legal(field > 2, field > 6);
          bound(field, which);
          cmd_valid = 1'b1;
          cycle;
        end
    // Stretches of full speed, of commands that wait, of ones that are waited for, and of both.
    repeat (6000) begin
      stretch = t / 64 % 4;
      draw_legal(1'b0, 1'b0);
      if (draw(0, 3) == 0) bound(draw(0, 8), draw(0, 4));
      cmd_valid = !stretch[0] || draw(0, 3) == 0;
      take = !stretch[1] || draw(0, 3) == 0;
      open = t % 512 < 480;
      rst  = draw(0, 199) == 0;
      cycle;
      if (fails > 5) $finish;
    end
    // Legal ones in every cycle.
    rst = 1'b0;
    open = 1'b1;
    take = 1'b1;
    streak = 0;
    longest = 0;
    repeat (100) begin
      draw_legal(1'b0, 1'b0);
      cmd_valid = 1'b1;
      cycle;
    end
    check(longest >= 98, "one a cycle");
    check(errors > 50, "coverage");
    if (fails == 0) $display("PASS: %0d cycles, %0d illegal commands", t, errors);
    $finish;
  end
endmodule
