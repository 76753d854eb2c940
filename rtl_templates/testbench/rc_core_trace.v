// rc_core_trace: rc_core with what waveforms are read by, for traces of a simulation; no hardware.
//
// In a trace a cycle is the time from its clock edge to the next one. The signals here say what that
// edge took and what it brought to the ports, in words (ASCII) where a number would have to be
// looked up. They are worked out from the ports alone, but for the array's edges, which are those of
// the instance u_array.
//
//     phase    what the cycle was spent on, as in the reports: fill, compute, lane_wait, gap; drain
//              while only results are on their way, idle
//     kind     tile (OS), window or chain (ST-OS): of the step being fed
//     lane     even, odd: the drain's lane of a tile's result; all: a window's row, on all columns
//
module rc_core_trace #(
    parameter integer ROWS     = /*%ROWS*/4,     // rows of processing elements, {%ROWS_RANGE%}
    parameter integer COLS     = /*%COLS*/4,     // columns of processing elements, {%COLS_RANGE%}
    parameter integer DATA_W   = /*%DATA_W*/8,   // bits of an activation, signed, {%DATA_W_RANGE%}
    parameter integer WEIGHT_W = /*%WEIGHT_W*/8, // bits of a weight, signed, {%WEIGHT_W_RANGE%}
    parameter integer ACC_W    = /*%ACC_W*/32,   // bits of an accumulator, {%ACC_W_RANGE%}
    parameter integer MAX_K    = /*%MAX_K*/4608, // longest reduction, span of a pass, {%MAX_K_RANGE%}
//%if ROW_BROADCAST
    parameter integer BROADCAST_STAGES = /*%BROADCAST_STAGES*/0, // registers in the row broadcast,
                                                 // {%BROADCAST_STAGES_RANGE%}
//%end
    parameter integer MAC_STAGES = /*%MAC_STAGES*/0, // registers between multiplier and adder,
                                                     // {%MAC_STAGES_RANGE%}
    parameter integer TAG_W    = /*%TAG_W*/16    // bits of a step's tag, {%TAG_W_RANGE%}
) (
    input  wire                         clk_i,        // everything happens at its rising edge
    input  wire [             31:0] trace_cycle_i, // the host's number of the coming edge
    input  wire                         rst_i,        // synchronous, active high, at least one cycle
    // Step commands.
    input  wire                         cmd_valid_i,  // a command is offered
    output wire                         cmd_ready_o,  // it is taken when both are high at a clock edge
    input  wire [            TAG_W-1:0] cmd_tag_i,    // tag of the first step
    input  wire [            TAG_W-1:0] cmd_count_i,  // steps, from 1
    input  wire [ $clog2(ROWS + 2)-1:0] cmd_rows_i,   // used rows, 1..ROWS; row 0 first
    input  wire [$clog2(MAX_K + 2)-1:0] cmd_beats_i,  // length of the reduction, 1..MAX_K
//%if ROW_BROADCAST
                                                      // ST-OS: tap offsets of a pass, 1..MAX_K
    input  wire                         cmd_stream_i, // 0: OS tiles, 1: ST-OS windows; rest for ST-OS
    input  wire                         cmd_chain_i,  // windows share one continuous stream
    input  wire [ $clog2(COLS + 2)-1:0] cmd_cols_i,   // positions of a window, 1..COLS
    input  wire [$clog2(MAX_K + 2)-1:0] cmd_taps_i,   // taps of a line, 1..cmd_pitch_i
    input  wire [$clog2(MAX_K + 2)-1:0] cmd_pitch_i,  // samples from a line to the next, from 1
    input  wire [$clog2(MAX_K + 2)-1:0] cmd_passes_i, // passes of a window, from 1; chained: 1
//%end
    output wire                         cmd_error_o,  // the command taken two cycles ago was illegal
    // Operand beats.
    input  wire                         op_valid_i,   // a beat is offered
    output wire                         op_ready_o,   // it is taken when both are high at a clock edge
    input  wire [      ROWS*DATA_W-1:0] a_i,          // one activation or sample of each row
    input  wire [    COLS*WEIGHT_W-1:0] b_i,          // one weight of each column
//%if ROW_BROADCAST
    output wire                         tap_ready_o,  // this beat takes tap_i too
    input  wire [    ROWS*WEIGHT_W-1:0] tap_i,        // one tap of each row
    output wire                         gap_error_o,  // a promised stream lacked its beat a cycle ago
//%end
    // Results.
    output wire [             COLS-1:0] valid_o,      // the column's lane of out_o holds a result
    output wire [       COLS*ACC_W-1:0] out_o,        // one result of each column, signed
    output wire [ $clog2(ROWS + 2)-1:0] row_o,        // column 0: the result's row
    output wire [            TAG_W-1:0] tag_o,        // column 0: the result's step
//%if ROW_BROADCAST
    output wire                         window_o,     // all columns: the results are an ST-OS window's
//%end
    // Status.
    output wire                         active_o,     // a step is being fed, or waits for its operands
    output wire                         busy_o        // washing, a command is left, something on its way
);
  localparam ROW_W = $clog2(ROWS + 2);    // bits of a number of rows
  localparam BEAT_W = $clog2(MAX_K + 2);  // bits of a number of beats
//%if ROW_BROADCAST
  localparam COL_W = $clog2(COLS + 2);    // bits of a number of columns
//%end

  rc_core #(
      .ROWS(ROWS),
      .COLS(COLS),
      .DATA_W(DATA_W),
      .WEIGHT_W(WEIGHT_W),
      .ACC_W(ACC_W),
      .MAX_K(MAX_K),
      .MAC_STAGES(MAC_STAGES),
//%if ROW_BROADCAST
      .BROADCAST_STAGES(BROADCAST_STAGES),
//%end
      .TAG_W(TAG_W)
  ) u_core (
      .clk_i(clk_i),
      .rst_i(rst_i),
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
      .op_valid_i(op_valid_i),
      .op_ready_o(op_ready_o),
      .a_i(a_i),
      .b_i(b_i),
//%if ROW_BROADCAST
      .tap_ready_o(tap_ready_o),
      .tap_i(tap_i),
      .gap_error_o(gap_error_o),
//%end
      .valid_o(valid_o),
      .out_o(out_o),
      .row_o(row_o),
      .tag_o(tag_o),
//%if ROW_BROADCAST
      .window_o(window_o),
//%end
      .active_o(active_o),
      .busy_o(busy_o)
  );

  localparam WORD = 8 * 9;  // a word of up to nine letters

  reg [31:0] cycle;
  always @(posedge clk_i) cycle <= trace_cycle_i;
  wire layer_begins = trace_cycle_i == 32'd0;  // no step is left of the layer before

  // ---------------------------------------------------------------- commands
//%if ROW_BROADCAST
  wire cmd_stream = cmd_stream_i;
  wire cmd_chain = cmd_chain_i;
  wire [31:0] cmd_cols = {{(32 - COL_W) {1'b0}}, cmd_cols_i};
  wire [31:0] cmd_passes = {{(32 - BEAT_W) {1'b0}}, cmd_passes_i};
  wire tap_ready = tap_ready_o;
  wire window = window_o;
//%else
//%  wire cmd_stream = 1'b0;
//%  wire cmd_chain = 1'b0;
//%  wire [31:0] cmd_cols = 32'd0;
//%  wire [31:0] cmd_passes = 32'd0;
//%  wire tap_ready = 1'b0;
//%  wire window = 1'b0;
//%end
  wire cmd_take = cmd_valid_i && cmd_ready_o;
  wire [WORD-1:0] cmd_kind = !cmd_stream ? "tile" : cmd_chain ? "chain" : "window";

  reg [WORD-1:0] command;  // taken in this cycle; cmd_error_o tells of it two cycles later
  always @(posedge clk_i) command <= cmd_take ? cmd_kind : "";

  // Of a command: kind, tag, count, beats of its first step, of any other, and of a pass.
  localparam FIELDS = WORD + 2 * TAG_W + 96;
  wire [31:0] cmd_beats = {{(32 - BEAT_W) {1'b0}}, cmd_beats_i};
  wire [31:0] pass_beats = cmd_cols - 32'd1 + cmd_beats;
  wire [31:0] window_beats = cmd_passes * pass_beats;
  wire [FIELDS-1:0] fields = {
    cmd_kind, cmd_tag_i, cmd_count_i, cmd_stream ? window_beats : cmd_beats,
    !cmd_stream ? cmd_beats : cmd_chain ? cmd_cols : window_beats, pass_beats
  };

  // Commands not yet fed to their end, the one being fed first. The one taken two cycles ago is the last
  // of them now, unless it is illegal; it may be fed in this cycle already.
  localparam QUEUE = 8;
  reg [FIELDS-1:0] queue[0:QUEUE-1];
  reg [2:0] q_in, q_out;
  reg took_1, took_2;  // one and two cycles ago
  reg [FIELDS-1:0] fields_1, fields_2;
  wire enters = took_2 && !cmd_error_o;

  wire [WORD-1:0] fed_kind;
  wire [TAG_W-1:0] fed_tag, fed_count;
  wire [31:0] fed_first, fed_beats, fed_pass;
  assign {fed_kind, fed_tag, fed_count, fed_first, fed_beats, fed_pass} =
      q_in == q_out ? fields_2 : queue[q_out];

  // ---------------------------------------------------------------- beats
  reg [TAG_W-1:0] steps_ended;  // of the command being fed
  reg [31:0] beats_ended;       // of its step
  reg [31:0] pass_ended;        // beats of its pass
  reg running;                  // a stream has begun: a beat that is missing counts
  reg [31:0] next_step;         // steps of the layer whose last beat has been taken

  wire fed_stream = fed_kind != "tile";
  wire [31:0] step_beats = steps_ended == {TAG_W{1'b0}} ? fed_first : fed_beats;
  wire beat_take = op_ready_o && (op_valid_i || running);
  wire pass_end = pass_ended + 32'd1 == fed_pass;
  wire step_end = beat_take && beats_ended + 32'd1 == step_beats;
  wire cmd_end = step_end && steps_ended + {{(TAG_W - 1) {1'b0}}, 1'b1} == fed_count;

  reg [WORD-1:0] phase;
  reg [WORD-1:0] kind;
  reg [TAG_W-1:0] step_tag;  // the step being fed: as commanded,
  reg [31:0] step;           // and counted from the layer's first, from 0
  reg [31:0] beat;           // of the step, from 0, where phase is fill or compute

  always @(posedge clk_i) begin
    took_1   <= cmd_take;
    took_2   <= took_1;
    fields_1 <= fields;
    fields_2 <= fields_1;
    if (enters) begin
      queue[q_in] <= fields_2;
      q_in        <= q_in + 3'd1;
    end
    phase <= beat_take ? (fed_stream && !tap_ready ? "fill" : "compute")
        : active_o ? (op_ready_o ? "gap" : "lane_wait") : busy_o ? "drain" : "idle";
    kind  <= active_o ? fed_kind : "";
    step_tag <= fed_tag + steps_ended;
    step  <= next_step;
    beat  <= beats_ended;
    if (beat_take) begin
      beats_ended <= step_end ? 32'd0 : beats_ended + 32'd1;
      pass_ended  <= pass_end || step_end ? 32'd0 : pass_ended + 32'd1;
      running     <= fed_stream && (fed_kind == "chain" ? !cmd_end : !pass_end);
    end
    if (step_end) begin
      steps_ended <= cmd_end ? {TAG_W{1'b0}} : steps_ended + {{(TAG_W - 1) {1'b0}}, 1'b1};
      next_step <= next_step + 32'd1;
      if (cmd_end) q_out <= q_out + 3'd1;
    end
    if (layer_begins) next_step <= 32'd0;
    if (rst_i) begin
      took_1      <= 1'b0;
      took_2      <= 1'b0;
      q_in        <= 3'd0;
      q_out       <= 3'd0;
      steps_ended <= {TAG_W{1'b0}};
      beats_ended <= 32'd0;
      pass_ended  <= 32'd0;
      running     <= 1'b0;
      next_step   <= 32'd0;
    end
  end

  // ---------------------------------------------------------------- results
  // Steps' results begin in the order of the steps; a tile's rows then stay in one lane.
  reg [31:0] results_begun;  // steps
  reg [31:0] even_step, odd_step, window_step;

  wire result_begins = valid_o[0] && row_o == {ROW_W{1'b0}};
  wire [31:0] result_step = result_begins ? results_begun
      : window ? window_step : cycle[0] ? odd_step : even_step;
  wire [WORD-1:0] result_lane = !valid_o[0] ? "" : window ? "all" : cycle[0] ? "odd" : "even";

  always @(posedge clk_i) begin
    if (result_begins) begin
      results_begun <= results_begun + 32'd1;
      window_step   <= result_step;
      if (cycle[0]) odd_step <= result_step;
      else even_step <= result_step;
    end
    if (layer_begins) results_begun <= 32'd0;
  end

  // Column c: a tile's results are those of c cycles ago at column 0, a window's those of column 0.
  genvar r, c;
  generate
    for (c = 0; c < COLS; c = c + 1) begin : gen_col
      wire valid = valid_o[c];
      wire signed [ACC_W-1:0] value = out_o[c*ACC_W+:ACC_W];
      wire [ROW_W-1:0] tile_row;
      wire [TAG_W-1:0] tile_tag;
      wire [31:0] tile_step;
      wire [WORD-1:0] tile_lane;
      if (c == 0) begin : gen_first
        assign tile_row  = row_o;
        assign tile_tag  = tag_o;
        assign tile_step = result_step;
        assign tile_lane = result_lane;
      end else begin : gen_delayed
        reg [ROW_W-1:0] row_q;
        reg [TAG_W-1:0] tag_q;
        reg [31:0] step_q;
        reg [WORD-1:0] lane_q;
        always @(posedge clk_i) begin
          row_q  <= gen_col[c-1].tile_row;
          tag_q  <= gen_col[c-1].tile_tag;
          step_q <= gen_col[c-1].tile_step;
          lane_q <= gen_col[c-1].tile_lane;
        end
        assign tile_row  = row_q;
        assign tile_tag  = tag_q;
        assign tile_step = step_q;
        assign tile_lane = lane_q;
      end
      wire [ROW_W-1:0] row = window ? row_o : tile_row;
      wire [TAG_W-1:0] tag = window ? tag_o : tile_tag;
      wire [31:0] of_step = window ? result_step : tile_step;  // as step, of the result
      wire [WORD-1:0] lane = !valid ? "" : window ? "all" : tile_lane;
      wire signed [WEIGHT_W-1:0] b = u_core.u_array.b_i[c*WEIGHT_W+:WEIGHT_W];  // enters row 0
      wire unused_column = &{1'b0, value, row, tag, of_step, lane, b};
    end
    for (r = 0; r < ROWS; r = r + 1) begin : gen_row
      wire signed [DATA_W-1:0] a = u_core.u_array.a_i[r*DATA_W+:DATA_W];
//%if ROW_BROADCAST
      wire signed [WEIGHT_W-1:0] tap = ~u_core.u_array.tap_n_i[r*WEIGHT_W+:WEIGHT_W];
      wire last = u_core.u_array.last_i[r] || !u_core.u_array.lastb_n_i[r];
      wire unused_row = &{1'b0, a, tap, last};
//%else
//%      wire last = u_core.u_array.last_i[r];
//%      wire unused_row = &{1'b0, a, last};
//%end
    end
  endgenerate

  wire unused_decoded = &{1'b0, cycle, command, phase, kind, step_tag, step, beat, result_step};
endmodule
