// rc_mac: exact signed product, sum modulo 2^ACC_W; w inverted; random operands and all corners of the ranges.
// With MAC_STAGES the product comes from a register: a and w change before acc is added.
module rc_mac_tb;
  parameter integer DATA_W   = 8;
  parameter integer WEIGHT_W = 8;
  parameter integer ACC_W    = 32;
  parameter integer MAC_STAGES = 0;

  reg clk;
  reg [DATA_W-1:0] a;
  reg [WEIGHT_W-1:0] w;
  reg [ACC_W-1:0] acc;
  wire [ACC_W-1:0] sum;
  wire [WEIGHT_W-1:0] w_n;
  integer i, a_value, w_value, fails;
  reg [79:0] exact;  // two's complement of the unbounded sum

  rc_mac #(
      .DATA_W(DATA_W),
      .WEIGHT_W(WEIGHT_W),
      .ACC_W(ACC_W),
      .MAC_STAGES(MAC_STAGES)
  ) u_mac (
      .clk_i(clk),
      .a_i(a),
      .w_i(w),
      .acc_i(acc),
`ifdef ROW_BROADCAST
      .w_n_o(w_n),
`endif
      .sum_o(sum)
  );

`ifndef ROW_BROADCAST
  assign w_n = ~w;
`endif

  // Corner `which` of the signed range of `width` bits, or any value of it.
  function integer pick(input integer which, input integer width);
    case (which)
      0: pick = -(1 << (width - 1));
      1: pick = (1 << (width - 1)) - 1;
      2: pick = 0;
      3: pick = -1;
      default: pick = ($random & ((1 << width) - 1)) - (1 << (width - 1));
    endcase
  endfunction

  initial begin
    fails = 0;
    clk = 1'b0;
    for (i = 0; i < 2000; i = i + 1) begin
      a_value = pick(i % 5, DATA_W);
      w_value = pick((i / 5) % 5, WEIGHT_W);
      a   = a_value;
      w   = w_value;
      if (MAC_STAGES == 1) begin
        #5 clk = 1'b1;
        #5 clk = 1'b0;
        a = $random;
        w = $random;
      end
      acc = {$random, $random};
      // |product| < 2^31 except for two 16-bit minima, 2^30.
      exact = a_value * w_value;
      exact = {{48{exact[31]}}, exact[31:0]} + acc;
      #1;
      if (sum !== exact[ACC_W-1:0] || w_n !== ~w) begin
        fails = fails + 1;
        if (fails < 5) $display("FAIL: %0d * %0d + %h is %h (w_n %h)", a_value, w_value, acc, sum, w_n);
      end
    end
    if (fails == 0) $display("PASS");
    $finish;
  end
endmodule
