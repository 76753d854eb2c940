// rc_skew: the edges of the array (vector view, for simulation only).
//
// Same module name, ports and cycle behaviour as the structural view. Instead of one delay line per lane
// each operand has a ring: a slot per cycle, all lanes of it side by side. A cycle writes one slot, and
// each lane leaves from the slot that is as old as its delay, so nothing is shifted and the model stays
// small. A slot is written before the pointer moves on to it, and no lane is as old as the whole ring:
// writing is invisible until the clock edge is over. Synthesise the structural view.
//
// Latency: as the structural view.
module rc_skew #(
    parameter ROWS     = /*%ROWS*/4,     // rows of the array, from 1
    parameter COLS     = /*%COLS*/4,     // columns of the array, from 1
    parameter DATA_W   = /*%DATA_W*/8,   // bits of an activation
    parameter WEIGHT_W = /*%WEIGHT_W*/8, // bits of a weight
//%if ROW_BROADCAST
    parameter STAGES   = /*%BROADCAST_STAGES*/0, // registers in the broadcast, from 0
//%end
    parameter ROW_W    = $clog2(ROWS + 2) // bits of a number of rows
) (
    input  wire                     clk_i,
    input  wire [         ROWS-1:0] row_en_i,    // rows that take a_i in this cycle
    input  wire                     col_en_i,    // the columns take b_i in this cycle
    input  wire [        ROW_W-1:0] last_rows_i, // rows whose tile ends with this beat; 0: none
    input  wire [  ROWS*DATA_W-1:0] a_i,
    input  wire [COLS*WEIGHT_W-1:0] b_i,
//%if ROW_BROADCAST
    input  wire [         ROWS-1:0] stream_i,    // rows whose a_i is a sample: no skew
    input  wire [         ROWS-1:0] tap_en_i,    // rows that take tap_i in this cycle
    input  wire [         ROWS-1:0] lastb_i,     // rows whose window ends
    input  wire [ROWS*WEIGHT_W-1:0] tap_i,
    output wire [         ROWS-1:0] pass_o,      // low in the cycle after a tap or lastb
    output wire [ROWS*WEIGHT_W-1:0] tap_n_o,     // active low, as are
    output wire [         ROWS-1:0] lastb_n_o,   // these
//%end
    output wire [  ROWS*DATA_W-1:0] a_o,
    output wire [         ROWS-1:0] last_o,
    output wire [COLS*WEIGHT_W-1:0] b_o
);

//%if ROW_BROADCAST
  localparam EDGE = 1 + STAGES;
//%else
//%  localparam EDGE = 1;
//%end
  // Powers of two, so that masking an index costs nothing.
  localparam DEPTH = 1 << $clog2(EDGE + (ROWS > COLS ? ROWS : COLS) + 2);
  localparam MASK = DEPTH - 1;
  localparam ROW_SLOT = 1 << $clog2(ROWS);
  localparam COL_SLOT = 1 << $clog2(COLS);

  reg [31:0] now_q;  // counts cycles: the youngest slot
  reg [DATA_W-1:0] a_ring[0:DEPTH*ROW_SLOT-1];
  reg [WEIGHT_W-1:0] b_ring[0:DEPTH*COL_SLOT-1];
  reg [ROW_W-1:0] last_ring[0:DEPTH-1];  // rows to mark, as they came
//%if ROW_BROADCAST
  reg stream_ring[0:DEPTH*ROW_SLOT-1];
  reg pass_ring[0:DEPTH-1];
  reg [WEIGHT_W-1:0] tap_n_ring[0:DEPTH*ROW_SLOT-1];
  reg lastb_n_ring[0:DEPTH*ROW_SLOT-1];
//%end

  // Where the slots start matters to nobody; a simulator with X needs a number.
  initial now_q = 0;
  wire [31:0] next = now_q + 1;

  task write;
    reg [31:0] r;
    reg [31:0] c;
    begin
      last_ring[next&MASK] = last_rows_i;
      for (r = 0; r < ROWS; r = r + 1) begin
        a_ring[(next&MASK)*ROW_SLOT+r] = a_i[r*DATA_W+:DATA_W] & {DATA_W{row_en_i[r]}};
      end
      for (c = 0; c < COLS; c = c + 1) begin
        b_ring[(next&MASK)*COL_SLOT+c] = b_i[c*WEIGHT_W+:WEIGHT_W] & {WEIGHT_W{col_en_i}};
      end
//%if ROW_BROADCAST
      pass_ring[next&MASK] = ~(tap_en_i[0] | lastb_i[0]);
      for (r = 0; r < ROWS; r = r + 1) begin
        tap_n_ring[(next&MASK)*ROW_SLOT+r] = ~(tap_i[r*WEIGHT_W+:WEIGHT_W] & {WEIGHT_W{tap_en_i[r]}});
        lastb_n_ring[(next&MASK)*ROW_SLOT+r] = ~lastb_i[r];
        stream_ring[(next&MASK)*ROW_SLOT+r] = stream_i[r];
      end
//%end
    end
  endtask

  always @(posedge clk_i) begin
    write;
    now_q <= next;
  end

  wire [31:0] edges = now_q - (EDGE - 1);  // the slot that leaves unskewed
//%if ROW_BROADCAST
  assign pass_o = {ROWS{pass_ring[(edges-1)&MASK]}};
//%end

  genvar r, c;
  generate
    for (r = 0; r < ROWS; r = r + 1) begin : gen_row
      localparam [31:0] ROW = r;
//%if ROW_BROADCAST
      wire [31:0] lean = {32{!stream_ring[(edges&MASK)*ROW_SLOT+ROW]}};  // samples do not
      assign a_o[r*DATA_W+:DATA_W] = a_ring[((edges-(ROW&lean))&MASK)*ROW_SLOT+ROW];
      assign tap_n_o[r*WEIGHT_W+:WEIGHT_W] = tap_n_ring[(edges&MASK)*ROW_SLOT+ROW];
      assign lastb_n_o[r] = lastb_n_ring[(edges&MASK)*ROW_SLOT+ROW];
//%else
//%      assign a_o[r*DATA_W+:DATA_W] = a_ring[((edges-ROW)&MASK)*ROW_SLOT+ROW];
//%end
      assign last_o[r] = {{(32 - ROW_W) {1'b0}}, last_ring[(edges-ROW)&MASK]} > ROW;
    end
    for (c = 0; c < COLS; c = c + 1) begin : gen_col
      localparam [31:0] COL = c;
      assign b_o[c*WEIGHT_W+:WEIGHT_W] = b_ring[((edges-COL)&MASK)*COL_SLOT+COL];
    end
  endgenerate
endmodule
