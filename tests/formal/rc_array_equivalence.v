// rc_array_equivalence: what is proved of the two views of rc_array. Every input is free in every
// cycle, the broadcast and both `last` beside a and b too, so no mode of use is left out.
//
// The vector view stores a, b, `last` and out in rings (rc_array_vector.v), so a register of the
// structural view is tied to the slot in which `now` says that it is:
//
//     tied      every register a, b, last, acc and out of every element holds what the vector view finds
//               for that element
//               for that element. With MAC_STAGES the vector view is ahead: its acc holds what the element's
//               will after the product in between, and its out what the element has yet to capture
//     sound     what the vector view relies on: both copies of a slot agree; left, many and rest speak the
//               truth about `last`
//     base      (WASH = 1, bounded) whatever the registers held at power-up, after the wash all this is
//               so, and still is in ROWS + COLS more cycles
//     step      (WASH = 0, two cycles) if it is so in any state at all, reachable or not, it is so one
//               cycle later
//
// Together: from the end of the wash on, forever, all registers and with them all outputs are equal.
// Induction needs the ties: of equal outputs alone follows nothing about the next cycle's.
//
// ties.vh declares s_a, s_b, ... and v_a_ring, v_b_ring, ...: the registers of the structural and of the
// vector view, those of one name as one bus, element (r,c)'s or slot i's lowest first. It is written by
// the test: Verilog has no loop over names in another module.
module rc_array_equivalence #(
    parameter integer ROWS     = 2,
    parameter integer COLS     = 2,
    parameter integer DATA_W   = 2,
    parameter integer WEIGHT_W = 2,
    parameter integer ACC_W    = 5,
    parameter integer MAC_STAGES = 0,
    parameter integer WASH     = 1
) (
    input wire                     clk_i,
    input wire [  ROWS*DATA_W-1:0] a_i,
    input wire [         ROWS-1:0] last_i,
    input wire [COLS*WEIGHT_W-1:0] b_i
`ifdef ROW_BROADCAST
    ,
    input wire [         ROWS-1:0] hold_i,
    input wire [ROWS*WEIGHT_W-1:0] tap_n_i,
    input wire [         ROWS-1:0] lastb_n_i
`endif
);
  wire washed;
  wire [COLS*ACC_W-1:0] structural;
  wire [COLS*ACC_W-1:0] vector;

  rc_array_pair #(
      .ROWS(ROWS),
      .COLS(COLS),
      .DATA_W(DATA_W),
      .WEIGHT_W(WEIGHT_W),
      .ACC_W(ACC_W),
      .MAC_STAGES(MAC_STAGES),
      .WASH(WASH)
  ) u_pair (
      .clk_i(clk_i),
      .a_i(a_i),
      .last_i(last_i),
      .b_i(b_i),
`ifdef ROW_BROADCAST
      .hold_i(hold_i),
      .tap_n_i(tap_n_i),
      .lastb_n_i(lastb_n_i),
`endif
      .washed_o(washed),
      .structural_o(structural),
      .vector_o(vector)
  );

  // As in rc_array_vector.v.
  localparam SPAN = 1 << $clog2(COLS);
  localparam SLOTS = 1 << $clog2(ROWS);
  localparam LATE = 2 * MAC_STAGES;
  localparam PLACES = 1 << $clog2(ROWS + LATE + 1);
  localparam MOST = SPAN > PLACES ? SPAN : PLACES;
  localparam NOW_W = MOST > 1 ? $clog2(MOST) : 1;
  localparam LEFT_W = $clog2(SPAN + 1);

`include "ties.vh"

  wire [31:0] now = {{(32 - NOW_W) {1'b0}}, v_now_q};
  wire [31:0] west = (0 - now) & (SPAN - 1);
  wire [31:0] rest = {{(32 - LEFT_W) {1'b0}}, v_rest_q};
  wire [ROWS*COLS-1:0] tied;
  wire [(ROWS+LATE)*COLS-1:0] tied_out;
  wire [ROWS*SPAN-1:0] sound;

  // What element (r,c) captures at the next edge is in row r's out then, and so on.
  localparam ROW = COLS * ACC_W;
  wire [ROWS*ROW-1:0] captured_next, captured_then;
  wire [(ROWS+2)*ROW-1:0] out = s_out_q;
  wire [(ROWS+2)*ROW-1:0] due = out | captured_next << ROW | captured_then << 2 * ROW;

  genvar r, c;
  generate
    for (r = 0; r < ROWS; r = r + 1) begin : gen_row
      wire [31:0] left = {{(32 - LEFT_W) {1'b0}}, v_left_q[r*LEFT_W+:LEFT_W]};
      wire many = v_many_q[r];
      wire [2*SPAN-1:0] last_row = v_last_ring[r*2*SPAN+:2*SPAN];
      wire [2*SPAN*ACC_W-1:0] a_row = v_a_ring[r*2*SPAN*ACC_W+:2*SPAN*ACC_W];
      wire [SPAN*ACC_W-1:0] b_row = v_b_ring[((now-r)&(SLOTS-1))*SPAN*ACC_W+:SPAN*ACC_W];
      // Slot `west` first.
      wire [SPAN-1:0] last_turned = last_row[west+:SPAN];
      wire [SPAN*ACC_W-1:0] a_turned = a_row[west*ACC_W+:SPAN*ACC_W];

      for (c = 0; c < COLS; c = c + 1) begin : gen_element
        wire [DATA_W-1:0] a = s_a_q[(r*COLS+c)*DATA_W+:DATA_W];
        wire [WEIGHT_W-1:0] b = s_b_q[(r*COLS+c)*WEIGHT_W+:WEIGHT_W];
        wire [ACC_W-1:0] acc;  // with the product in between
        wire last = left != 0 && (many ? last_turned[c] : left == SPAN - c);
        assign tied[r*COLS+c] = s_last_q[r*COLS+c] == last
            && a_turned[c*ACC_W+:ACC_W] == {{(ACC_W - DATA_W) {a[DATA_W-1]}}, a}
            && b_row[c*ACC_W+:ACC_W] == {{(ACC_W - WEIGHT_W) {b[WEIGHT_W-1]}}, b}
            && v_acc_q[(r*SPAN+c)*ACC_W+:ACC_W] == acc;
        if (MAC_STAGES == 0) begin : gen_at_once
          assign acc = s_acc_q[(r*COLS+c)*ACC_W+:ACC_W];
          assign captured_next[(r*COLS+c)*ACC_W+:ACC_W] = 0;
          assign captured_then[(r*COLS+c)*ACC_W+:ACC_W] = 0;
        end else begin : gen_staged
          localparam PRODUCT_W = DATA_W + WEIGHT_W;
          wire [PRODUCT_W-1:0] product = s_product_q[(r*COLS+c)*PRODUCT_W+:PRODUCT_W];
          wire [ACC_W-1:0] held = s_acc_q[(r*COLS+c)*ACC_W+:ACC_W];
          wire [ACC_W-1:0] sum = {{(ACC_W - PRODUCT_W) {product[PRODUCT_W-1]}}, product}
              + (s_acc_last_q[r*COLS+c] ? 0 : held);
          assign acc = s_product_last_q[r*COLS+c] ? 0 : sum;
          assign captured_next[(r*COLS+c)*ACC_W+:ACC_W] = s_acc_last_q[r*COLS+c] ? held : 0;
          assign captured_then[(r*COLS+c)*ACC_W+:ACC_W] = s_product_last_q[r*COLS+c] ? sum : 0;
        end
      end
      for (c = 0; c < SPAN; c = c + 1) begin : gen_slot
        assign sound[r*SPAN+c] = a_row[c*ACC_W+:ACC_W] == a_row[(SPAN+c)*ACC_W+:ACC_W]
            && last_row[c] == last_row[SPAN+c]
            && (!last_turned[c] || left >= SPAN - c)
            && (many || left == 0 || last_turned[c] == (left == SPAN - c))
            && left <= rest && rest <= SPAN;
      end
    end
    for (r = 0; r < ROWS + LATE; r = r + 1) begin : gen_place
      wire [SPAN*ACC_W-1:0] place = v_out_ring[((now+r)&(PLACES-1))*SPAN*ACC_W+:SPAN*ACC_W];
      for (c = 0; c < COLS; c = c + 1) begin : gen_result
        assign tied_out[r*COLS+c] = place[c*ACC_W+:ACC_W] == due[(r*COLS+c)*ACC_W+:ACC_W];
      end
    end
  endgenerate

  wire same = structural == vector;
  reg held_q = 0;  // all of it held in the cycle before
  always @(posedge clk_i) held_q <= &tied && &tied_out && &sound && same;
  always @* begin
    if (WASH != 0 ? washed : held_q) begin
      assert (&tied);
      assert (&tied_out);
      assert (&sound);
      assert (same);
    end
  end
endmodule
