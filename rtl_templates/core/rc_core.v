// rc_core: a systolic array with its edges and its sequencer; what a user instantiates.
//
//     step commands ──► rc_sequencer ──► valid, row, tag, status
//                            │ enables
//     operand beats ────► rc_skew ──► rc_array ──► out
//
// Commands and beats are valid/ready handshakes (see rc_sequencer for their rules); results can not
// be refused. Lane i of a flattened bus is [i*W +: W], lane 0 in the least significant bits.
//
//   OS tile     beat k carries operand k of every used row (a_i) and column (b_i). Result (r,c) is
//               on column c's port 2r + c cycles after (0,0); row_o and tag_o are column 0's, so
//               column c's are those of c cycles ago.
//%if ROW_BROADCAST
//   ST-OS       a beat carries one sample of every used row (a_i) and, when tap_ready_o is high, one
//               tap of every used row (tap_i). Row r's results are on all column ports together, r
//               cycles after row 0's, and window_o is high; column c holds position cmd_cols_i - 1 - c.
//%end
//
//%if ROW_BROADCAST
// Latency: a beat taken at clock edge n is in the first element's registers after edge
// n + 1 + BROADCAST_STAGES; a sum captured by the next edge is on the port after it.
//%else
//%// Latency: a beat taken at clock edge n is in the first element's registers after edge n + 1; a sum
//%// captured by the next edge is on the port after it.
//%end
module rc_core #(
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
  localparam ROW_W = $clog2(ROWS + 2);  // bits of a number of rows

  // Illegal parameters stop elaboration: the missing module's name is the message.
  generate
    if (ROWS < /*%ROWS_MIN*/1 || ROWS > /*%ROWS_MAX*/1024) begin : gen_bad_rows
      /*%ROWS_BOUNDS*/ROWS_must_be_from_1_to_1024 u_error ();
    end
    if (COLS < /*%COLS_MIN*/1 || COLS > /*%COLS_MAX*/1024) begin : gen_bad_cols
      /*%COLS_BOUNDS*/COLS_must_be_from_1_to_1024 u_error ();
    end
    if (DATA_W < /*%DATA_W_MIN*/2 || DATA_W > /*%DATA_W_MAX*/16) begin : gen_bad_data_w
      /*%DATA_W_BOUNDS*/DATA_W_must_be_from_2_to_16 u_error ();
    end
    if (WEIGHT_W < /*%WEIGHT_W_MIN*/2 || WEIGHT_W > /*%WEIGHT_W_MAX*/16) begin : gen_bad_weight_w
      /*%WEIGHT_W_BOUNDS*/WEIGHT_W_must_be_from_2_to_16 u_error ();
    end
    if (ACC_W < DATA_W + WEIGHT_W || ACC_W > /*%ACC_W_MAX*/64) begin : gen_bad_acc_w
      /*%ACC_W_BOUNDS*/ACC_W_must_be_from_DATA_W_plus_WEIGHT_W_to_64 u_error ();
    end
    if (MAX_K < /*%MAX_K_MIN*/1 || MAX_K > /*%MAX_K_MAX*/65535) begin : gen_bad_max_k
      /*%MAX_K_BOUNDS*/MAX_K_must_be_from_1_to_65535 u_error ();
    end
    if (TAG_W < /*%TAG_W_MIN*/1 || TAG_W > /*%TAG_W_MAX*/24) begin : gen_bad_tag_w
      /*%TAG_W_BOUNDS*/TAG_W_must_be_from_1_to_24 u_error ();
    end
    if (MAC_STAGES < /*%MAC_STAGES_MIN*/0 || MAC_STAGES > /*%MAC_STAGES_MAX*/1) begin : gen_bad_mac_stages
      /*%MAC_STAGES_BOUNDS*/MAC_STAGES_must_be_from_0_to_1 u_error ();
    end
//%if ROW_BROADCAST
    if (BROADCAST_STAGES < /*%BROADCAST_STAGES_MIN*/0 || BROADCAST_STAGES > /*%BROADCAST_STAGES_MAX*/8) begin : gen_bad_stages
      /*%BROADCAST_STAGES_BOUNDS*/BROADCAST_STAGES_must_be_from_0_to_8 u_error ();
    end
//%end
  endgenerate

  // The parts get legal ones all the same: Verilator breaks on these others before the message is out.
  localparam integer LEGAL_ROWS = ROWS < 1 ? 1 : ROWS;
  localparam integer LEGAL_DATA_W = DATA_W < 2 ? 2 : DATA_W;
  localparam integer LEGAL_WEIGHT_W = WEIGHT_W < 2 ? 2 : WEIGHT_W;
  localparam integer LEGAL_ACC_W =
      ACC_W < LEGAL_DATA_W + LEGAL_WEIGHT_W ? LEGAL_DATA_W + LEGAL_WEIGHT_W : ACC_W;

  wire [ROWS-1:0] row_en;
  wire col_en;
  wire [ROW_W-1:0] last_rows;
  wire [ROWS*DATA_W-1:0] a;
  wire [ROWS-1:0] last;
  wire [COLS*WEIGHT_W-1:0] b;
//%if ROW_BROADCAST
  wire [ROWS-1:0] stream;
  wire [ROWS-1:0] tap_en;
  wire [ROWS-1:0] window_ends;
  wire [ROWS-1:0] hold;
  wire [ROWS*WEIGHT_W-1:0] tap_n;
  wire [ROWS-1:0] lastb_n;
//%end

  rc_sequencer #(
      .ROWS(LEGAL_ROWS),
      .COLS(COLS),
      .MAX_K(MAX_K),
      .MAC_STAGES(MAC_STAGES),
//%if ROW_BROADCAST
      .STAGES(BROADCAST_STAGES),
//%end
      .TAG_W(TAG_W)
  ) u_sequencer (
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
//%if ROW_BROADCAST
      .tap_ready_o(tap_ready_o),
      .gap_error_o(gap_error_o),
//%end
      .row_en_o(row_en),
      .col_en_o(col_en),
      .last_rows_o(last_rows),
//%if ROW_BROADCAST
      .stream_o(stream),
      .tap_en_o(tap_en),
      .lastb_o(window_ends),
//%end
      .valid_o(valid_o),
      .row_o(row_o),
      .tag_o(tag_o),
//%if ROW_BROADCAST
      .window_o(window_o),
//%end
      .active_o(active_o),
      .busy_o(busy_o)
  );

  rc_skew #(
      .ROWS(LEGAL_ROWS),
      .COLS(COLS),
      .DATA_W(LEGAL_DATA_W),
//%if ROW_BROADCAST
      .STAGES(BROADCAST_STAGES),
//%end
      .WEIGHT_W(LEGAL_WEIGHT_W)
  ) u_skew (
      .clk_i(clk_i),
      .row_en_i(row_en),
      .col_en_i(col_en),
      .last_rows_i(last_rows),
      .a_i(a_i),
      .b_i(b_i),
//%if ROW_BROADCAST
      .stream_i(stream),
      .tap_en_i(tap_en),
      .lastb_i(window_ends),
      .tap_i(tap_i),
      .hold_o(hold),
      .tap_n_o(tap_n),
      .lastb_n_o(lastb_n),
//%end
      .a_o(a),
      .last_o(last),
      .b_o(b)
  );

  rc_array #(
      .ROWS(LEGAL_ROWS),
      .COLS(COLS),
      .DATA_W(LEGAL_DATA_W),
      .WEIGHT_W(LEGAL_WEIGHT_W),
      .ACC_W(LEGAL_ACC_W),
      .MAC_STAGES(MAC_STAGES)
  ) u_array (
      .clk_i(clk_i),
      .a_i(a),
      .last_i(last),
      .b_i(b),
//%if ROW_BROADCAST
      .hold_i(hold),
      .tap_n_i(tap_n),
      .lastb_n_i(lastb_n),
//%end
      .out_o(out_o)
  );
endmodule
