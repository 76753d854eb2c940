// rc_skew: the edges of the array. Gates and registers every operand, and leans the wavefront.
//
//%if ROW_BROADCAST
// OS, a beat taken in cycle 0 (latency L = 1 + STAGES):
//%else
//%// OS, a beat taken in cycle 0 (latency L = 1):
//%end
//
//     cycle        L    L+1   L+2   ...
//     row 0        a
//     row 1              a                 row r's operand and `last` leave r cycles late,
//     row 2                    a           column c's operand c cycles late
//
//%if ROW_BROADCAST
// ST-OS (stream_i): samples bypass the skew, so that all rows leave at cycle L, in step with the
// row's tap and broadcast `last`. STAGES more registers stand in the broadcast; they stand in
// every other operand's way too, so that all columns and both modes stay in step.
//
//%end
// Zero discipline: an operand that is not enabled is zero when it leaves.
//%if ROW_BROADCAST
// Taps and broadcast `last` are active low at the array: theirs is all ones.
//%end
// `last` of an OS tile travels down the row edges as the number of rows it still has to mark:
// linear cost where one delay line per row would be quadratic.
// Latency: L edges plus the skew. Not reset: the sequencer's wash flushes it.
module rc_skew #(
    parameter integer ROWS     = /*%ROWS*/4,     // rows of the array, from 1
    parameter integer COLS     = /*%COLS*/4,     // columns of the array, from 1
    parameter integer DATA_W   = /*%DATA_W*/8,   // bits of an activation
//%if ROW_BROADCAST
    parameter integer STAGES   = /*%BROADCAST_STAGES*/0, // registers in the broadcast, from 0
//%end
    parameter integer WEIGHT_W = /*%WEIGHT_W*/8  // bits of a weight
) (
    input  wire                        clk_i,
    input  wire [            ROWS-1:0] row_en_i,    // rows that take a_i in this cycle
    input  wire                        col_en_i,    // the columns take b_i in this cycle
    input  wire [$clog2(ROWS + 2)-1:0] last_rows_i, // rows whose tile ends with this beat; 0: none
    input  wire [     ROWS*DATA_W-1:0] a_i,
    input  wire [   COLS*WEIGHT_W-1:0] b_i,
//%if ROW_BROADCAST
    input  wire [            ROWS-1:0] stream_i,    // rows whose a_i is a sample: no skew
    input  wire [            ROWS-1:0] tap_en_i,    // rows that take tap_i in this cycle
    input  wire [            ROWS-1:0] lastb_i,     // rows whose window ends
    input  wire [   ROWS*WEIGHT_W-1:0] tap_i,
    output wire [            ROWS-1:0] hold_o,      // high in the cycle after a tap, and after lastb
    output wire [   ROWS*WEIGHT_W-1:0] tap_n_o,     // active low, as are
    output wire [            ROWS-1:0] lastb_n_o,   // these
//%end
    output wire [     ROWS*DATA_W-1:0] a_o,
    output wire [            ROWS-1:0] last_o,
    output wire [   COLS*WEIGHT_W-1:0] b_o
);
  localparam integer ROW_W = $clog2(ROWS + 2);
  // Clock edges from the cycle of an operand to the array's edge.
//%if ROW_BROADCAST
  localparam integer TO_ARRAY = 1 + STAGES;

  wire [ROWS-1:0] stream;
  rc_delay #(
      .WIDTH (ROWS),
      .CYCLES(TO_ARRAY - 1)
  ) u_stream (
      .clk_i(clk_i),
      .d_i  (stream_i),
      .q_o  (stream)
  );

  // Row 0 takes part in every window.
  wire tapped;
  rc_delay #(
      .WIDTH (1),
      .CYCLES(TO_ARRAY)
  ) u_tapped (
      .clk_i(clk_i),
      .d_i  (tap_en_i[0]),
      .q_o  (tapped)
  );
//%else
//%  localparam integer TO_ARRAY = 1;
//%end

  wire [ROWS*ROW_W-1:0] last_rows;  // row r's lane: rows still to mark, from row r on

  genvar r, c;
  generate
    for (r = 0; r < ROWS; r = r + 1) begin : gen_row
      wire [DATA_W-1:0] a_edge;    // a cycle before it is at the array's edge
      wire [DATA_W-1:0] a_skewed;
      wire [DATA_W-1:0] a_next;
      wire [ROW_W-1:0] rows_left = last_rows[r*ROW_W+:ROW_W];

      rc_delay #(
          .WIDTH (DATA_W),
          .CYCLES(TO_ARRAY - 1)
      ) u_edge (
          .clk_i(clk_i),
          .d_i  (a_i[r*DATA_W+:DATA_W] & {DATA_W{row_en_i[r]}}),
          .q_o  (a_edge)
      );
      rc_delay #(
          .WIDTH (DATA_W),
          .CYCLES(r)
      ) u_skew (
          .clk_i(clk_i),
          .d_i  (a_edge),
          .q_o  (a_skewed)
      );
      rc_delay #(
          .WIDTH (DATA_W),
          .CYCLES(1)
      ) u_sample (
          .clk_i(clk_i),
          .d_i  (a_next),
          .q_o  (a_o[r*DATA_W+:DATA_W])
      );
//%if ROW_BROADCAST
      if (r == 0) begin : gen_first
        wire unused_stream = stream[0];
        assign a_next = a_skewed;
      end else begin : gen_bypass
        // In front of the last register: behind it the choice would lie on the elements' longest path.
        assign a_next = stream[r] ? a_edge : a_skewed;
      end

      rc_delay #(
          .WIDTH (WEIGHT_W + 1),
          .CYCLES(TO_ARRAY)
      ) u_tap (
          .clk_i(clk_i),
          .d_i  (~{lastb_i[r], tap_i[r*WEIGHT_W+:WEIGHT_W] & {WEIGHT_W{tap_en_i[r]}}}),
          .q_o  ({lastb_n_o[r], tap_n_o[r*WEIGHT_W+:WEIGHT_W]})
      );

      // A register of the row's own, or a wire down the whole array would lie in front of its elements.
      rc_delay #(
          .WIDTH (1),
          .CYCLES(1)
      ) u_hold (
          .clk_i(clk_i),
          .d_i  (tapped | ~lastb_n_o[r]),
          .q_o  (hold_o[r])
      );
//%else
//%      assign a_next = a_skewed;
//%end

      if (r == 0) begin : gen_last_edge
        rc_delay #(
            .WIDTH (ROW_W),
            .CYCLES(TO_ARRAY)
        ) u_last (
            .clk_i(clk_i),
            .d_i  (last_rows_i),
            .q_o  (last_rows[0+:ROW_W])
        );
      end else begin : gen_last
        wire [ROW_W-1:0] rows_above = last_rows[(r-1)*ROW_W+:ROW_W];
        rc_delay #(
            .WIDTH (ROW_W),
            .CYCLES(1)
        ) u_last (
            .clk_i(clk_i),
            .d_i  (rows_above - {{(ROW_W - 1) {1'b0}}, rows_above != {ROW_W{1'b0}}}),
            .q_o  (last_rows[r*ROW_W+:ROW_W])
        );
      end
      assign last_o[r] = rows_left != {ROW_W{1'b0}};
    end

    for (c = 0; c < COLS; c = c + 1) begin : gen_col
      rc_delay #(
          .WIDTH (WEIGHT_W),
          .CYCLES(TO_ARRAY + c)
      ) u_skew (
          .clk_i(clk_i),
          .d_i  (b_i[c*WEIGHT_W+:WEIGHT_W] & {WEIGHT_W{col_en_i}}),
          .q_o  (b_o[c*WEIGHT_W+:WEIGHT_W])
      );
    end
  endgenerate
endmodule
