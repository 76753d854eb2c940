// rc_array: ROWS × COLS processing elements (vector view, for simulation only).
//
// Same module name, ports and cycle behaviour as the structural view, written so that a simulator's C++
// compiler turns a cycle into a few vector instructions per row. Only the accumulators are stored per
// element. What the structural view moves from element to element every cycle stays here where it was
// written, and the elements find it at an offset that moves; now_q counts cycles:
//
//     a_ring     SPAN slots for each row. a goes into the slot -now, so that element c, which holds a
//                as it was c cycles ago, finds it c slots further. Every slot is there twice, SPAN
//                apart, so that a row's elements read consecutive ones.
//     last_ring  `last`, likewise; it is read only where left_q and many_q say that there is any
//     b_ring     COLS operands for each of SLOTS cycles. Row r holds those of r cycles ago
//%if ROW_BROADCAST
//                and no two rows the same, so that a row's tap takes their place there
//%end
//     out_ring   COLS results for each of PLACES cycles to come. What row r captures goes where it leaves
//                r cycles later; the port is the slot `now`
//
// MAC_STAGES = 1 is that every sum is captured LATE cycles later: a matter of where it goes in out_ring.
//
// left_q[r] is 0 if no element of row r holds `last`; else the cycles until the youngest has gone round
// the ring. Without many_q[r] it is the only one, in element SPAN - left_q[r].
//
// Operands are sign-extended when they are written, which is rarer than when they are read.
// Synthesise the structural view. Latency: as the structural view.
module rc_array #(
    parameter integer ROWS       = /*%ROWS*/4,      // rows of elements, from 1
    parameter integer COLS       = /*%COLS*/4,      // columns of elements, from 1
    parameter integer DATA_W     = /*%DATA_W*/8,    // bits of an activation, signed
    parameter integer WEIGHT_W   = /*%WEIGHT_W*/8,  // bits of a weight, signed
    parameter integer ACC_W      = /*%ACC_W*/32,    // bits of the accumulator
    parameter integer MAC_STAGES = /*%MAC_STAGES*/0 // registers between multiplier and adder, 0..1
) (
    input  wire                     clk_i,
    input  wire [  ROWS*DATA_W-1:0] a_i,
    input  wire [         ROWS-1:0] last_i,
    input  wire [COLS*WEIGHT_W-1:0] b_i,
//%if ROW_BROADCAST
    input  wire [         ROWS-1:0] hold_i,
    input  wire [ROWS*WEIGHT_W-1:0] tap_n_i,
    input  wire [         ROWS-1:0] lastb_n_i,
//%end
    output wire [   COLS*ACC_W-1:0] out_o
);
  // Powers of two, so that masking an index costs nothing.
  localparam SPAN = 1 << $clog2(COLS);   // slots of a row; elements from a row to the next
  localparam SLOTS = 1 << $clog2(ROWS);  // slots of the columns
  localparam LATE = 2 * MAC_STAGES;
  localparam PLACES = 1 << $clog2(ROWS + LATE + 1);  // slots of the results: an edge leaves alone what is on the ports
  localparam MOST = SPAN > PLACES ? SPAN : PLACES;
  localparam NOW_W = MOST > 1 ? $clog2(MOST) : 1;
  localparam LEFT_W = $clog2(SPAN + 1);
  localparam [LEFT_W-1:0] LEFT_1 = 1;

  reg [NOW_W-1:0] now_q;
  reg [LEFT_W-1:0] left_q[0:SLOTS-1];
  reg [LEFT_W-1:0] rest_q;
  reg many_q[0:SLOTS-1];
  reg last_ring[0:SLOTS*2*SPAN-1];
  reg [ACC_W-1:0] a_ring[0:SLOTS*2*SPAN-1];
  reg [ACC_W-1:0] b_ring[0:SLOTS*SPAN-1];
  reg [ACC_W-1:0] acc_q[0:SLOTS*SPAN-1];
  reg [ACC_W-1:0] out_ring[0:PLACES*SPAN-1];

  // Where the slots start matters to nobody; a simulator with X needs a number. Of `last` nothing is
  // known.
  reg [31:0] n;
  initial begin
    now_q = 0;
    rest_q = SPAN[LEFT_W-1:0];
    for (n = 0; n < ROWS; n = n + 1) begin
      left_q[n] = SPAN[LEFT_W-1:0];
      many_q[n] = 1'b1;
    end
  end

  // The edges' lanes.
  wire [DATA_W-1:0] a_edge[0:SLOTS-1];
  wire [WEIGHT_W-1:0] b_edge[0:SPAN-1];
  reg [ACC_W-1:0] a_wide[0:SLOTS-1];  // sign-extended

  task step;
    reg [31:0] now;
    reg [31:0] r;      // unsigned: a signed index would not vectorise
    reg [31:0] c;
    reg [31:0] west;   // the row's slot for what enters; element c's is c further
    reg [31:0] north;  // the row's slot of b
    reg [31:0] port;   // the slot in which the row's results leave
    reg [31:0] left;
    reg [ACC_W-1:0] mask;
//%if ROW_BROADCAST
    reg [WEIGHT_W-1:0] word;
    reg [ACC_W-1:0] tap;
    reg [ACC_W-1:0] pass;
    reg lastb;
//%end
    begin
      now  = {{(32 - NOW_W) {1'b0}}, now_q};
      port = ((now + ROWS + LATE) & (PLACES - 1)) * SPAN;
      for (c = 0; c < COLS; c = c + 1) out_ring[port+c] = 0;

      for (r = 0; r < ROWS; r = r + 1) begin
        west  = r * (2 * SPAN) + ((0 - now) & (SPAN - 1));
        north = ((now - r) & (SLOTS - 1)) * SPAN;
        for (c = 0; c < COLS; c = c + 1) begin
          acc_q[r*SPAN+c] = acc_q[r*SPAN+c] + a_ring[west+c] * b_ring[north+c];
        end
      end

      if (last_i != 0 || rest_q != 0) begin
        rest_q = last_i != 0 ? SPAN[LEFT_W-1:0] : rest_q - LEFT_1;
        for (r = 0; r < ROWS; r = r + 1) begin
          left = {{(32 - LEFT_W) {1'b0}}, left_q[r]};
          if (left != 0) begin
            port = ((now + 1 + r + LATE) & (PLACES - 1)) * SPAN;
            if (many_q[r]) begin
              west = r * (2 * SPAN) + ((0 - now) & (SPAN - 1));
              for (c = 0; c < COLS; c = c + 1) begin
                mask = {ACC_W{last_ring[west+c]}};
                out_ring[port+c] = out_ring[port+c] | (acc_q[r*SPAN+c] & mask);
                acc_q[r*SPAN+c] = acc_q[r*SPAN+c] & ~mask;
              end
            end else begin
              c = (SPAN - left) & (SPAN - 1);
              out_ring[port+c] = out_ring[port+c] | acc_q[r*SPAN+c];
              acc_q[r*SPAN+c] = 0;
            end
          end
          if (last_i[r] || left != 0) begin
            west = r * (2 * SPAN) + ((0 - now - 1) & (SPAN - 1));
            last_ring[west] = last_i[r];
            last_ring[west+SPAN] = last_i[r];
            left_q[r] = last_i[r] ? SPAN[LEFT_W-1:0] : left_q[r] - LEFT_1;
            if (last_i[r]) many_q[r] = left != 0;
          end
        end
      end

      for (r = 0; r < ROWS; r = r + 1) begin
        a_wide[r] = {{(ACC_W - DATA_W) {a_edge[r][DATA_W-1]}}, a_edge[r]};
      end
      for (r = 0; r < ROWS; r = r + 1) begin
        west = r * (2 * SPAN) + ((0 - now - 1) & (SPAN - 1));
        a_ring[west] = a_wide[r];
        a_ring[west+SPAN] = a_wide[r];
      end
      now = now + 1;
      north = (now & (SLOTS - 1)) * SPAN;
      for (c = 0; c < COLS; c = c + 1) begin
        b_ring[north+c] = {{(ACC_W - WEIGHT_W) {b_edge[c][WEIGHT_W-1]}}, b_edge[c]};
      end

//%if ROW_BROADCAST
      if (hold_i != 0 || !(&tap_n_i && &lastb_n_i)) begin
        for (r = 0; r < ROWS; r = r + 1) begin
          word  = ~tap_n_i[r*WEIGHT_W+:WEIGHT_W];
          tap   = {{(ACC_W - WEIGHT_W) {word[WEIGHT_W-1]}}, word};
          lastb = ~lastb_n_i[r];
          pass  = {ACC_W{~hold_i[r]}};
          north = ((now - r) & (SLOTS - 1)) * SPAN;
          for (c = 0; c < COLS; c = c + 1) b_ring[north+c] = (b_ring[north+c] & pass) | tap;
          if (lastb || !pass[0]) begin
            for (c = 0; c < 2 * SPAN; c = c + 1) last_ring[r*(2*SPAN)+c] = lastb;
            left_q[r] = lastb ? SPAN[LEFT_W-1:0] : 0;
            many_q[r] = lastb;
            if (lastb) rest_q = SPAN[LEFT_W-1:0];
          end
        end
        // Element (0,0) has no neighbours to keep their taps.
        north = (now & (SLOTS - 1)) * SPAN;
        word  = ~tap_n_i[0+:WEIGHT_W];
        word  = word | b_edge[0];
        b_ring[north] = {{(ACC_W - WEIGHT_W) {word[WEIGHT_W-1]}}, word};
        if (last_i[0] && lastb_n_i[0] && hold_i[0]) begin
          west = (0 - now) & (SPAN - 1);
          last_ring[west] = 1'b1;
          last_ring[west+SPAN] = 1'b1;
          left_q[0] = SPAN[LEFT_W-1:0];
        end
      end
//%end
      now_q <= now[NOW_W-1:0];  // so that who reads the ports at this edge reads what was there
    end
  endtask

  always @(posedge clk_i) step;

  wire [31:0] port_now = {{(32 - NOW_W) {1'b0}}, now_q} & (PLACES - 1);
  genvar g;
  generate
    for (g = 0; g < ROWS; g = g + 1) begin : gen_row
      assign a_edge[g] = a_i[g*DATA_W+:DATA_W];
    end
    for (g = 0; g < COLS; g = g + 1) begin : gen_col
      assign b_edge[g] = b_i[g*WEIGHT_W+:WEIGHT_W];
      assign out_o[g*ACC_W+:ACC_W] = out_ring[port_now*SPAN+g];
    end
  endgenerate
endmodule
