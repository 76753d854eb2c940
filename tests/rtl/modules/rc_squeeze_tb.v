// rc_squeeze: every lane's word is the one of the column that it selects.
module rc_squeeze_tb;
  parameter integer N = 4;
  parameter integer WIDTH = 8;
  parameter integer SEED = 1;
  localparam integer LANE_W = $clog2(N);

  reg [N*WIDTH-1:0] data;
  reg [N*LANE_W-1:0] select;
  wire [N*WIDTH-1:0] data_o;
  integer seed, i, l, column, fails;

  rc_squeeze #(
      .N(N),
      .WIDTH(WIDTH)
  ) u_squeeze (
      .data_i(data),
      .select_i(select),
      .data_o(data_o)
  );

  initial begin
    seed = SEED;
    fails = 0;
    for (i = 0; i < 500; i = i + 1) begin
      for (l = 0; l < N; l = l + 1) begin
        select[l*LANE_W+:LANE_W] = {$random(seed)} % N;
        data[l*WIDTH+:WIDTH] = $random(seed);
      end
      #1;
      for (l = 0; l < N; l = l + 1) begin
        column = select[l*LANE_W+:LANE_W];
        if (data_o[l*WIDTH+:WIDTH] !== data[column*WIDTH+:WIDTH]) begin
          if (fails < 5)
            $display("FAIL: seed %0d, case %0d, lane %0d has not column %0d's", SEED, i, l, column);
          fails = fails + 1;
        end
      end
    end
    if (fails == 0) $display("PASS: %0d cases", i);
    else $display("FAIL: %0d failures", fails);
    $finish;
  end
endmodule
