#include "textflag.h"

// How often each byte of a block counts.
DATA weights<>+0(SB)/8, $0x191a1b1c1d1e1f20
DATA weights<>+8(SB)/8, $0x1112131415161718
DATA weights<>+16(SB)/8, $0x090a0b0c0d0e0f10
DATA weights<>+24(SB)/8, $0x0102030405060708
GLOBL weights<>(SB), RODATA|NOPTR, $32

DATA ones<>+0(SB)/4, $0x00010001
GLOBL ones<>(SB), RODATA|NOPTR, $4

// func sums(p []byte) (sum, weighted uint32)
TEXT ·sums(SB), NOSPLIT, $0-32
	MOVQ p_base+0(FP), SI
	MOVQ p_len+8(FP), CX

	VMOVDQU      weights<>(SB), Y15
	VPBROADCASTD ones<>(SB), Y14
	VPXOR        Y13, Y13, Y13
	VPXOR        Y0, Y0, Y0 // the sum, in parts
	VPXOR        Y1, Y1, Y1 // of all that it was before each block
	VPXOR        Y2, Y2, Y2 // of the bytes within each block, weighted

block:
	SUBQ $32, CX
	JLT  done

	VMOVDQU    (SI), Y3
	VPADDD     Y0, Y1, Y1
	VPSADBW    Y13, Y3, Y4
	VPADDD     Y4, Y0, Y0
	VPMADDUBSW Y15, Y3, Y3
	VPMADDWD   Y14, Y3, Y3
	VPADDD     Y3, Y2, Y2

	ADDQ $32, SI
	JMP  block

done:
	VPSLLD       $5, Y1, Y1
	VPADDD       Y1, Y2, Y2
	VEXTRACTI128 $1, Y0, X3 // now the parts
	VPADDD       X3, X0, X0
	VPSHUFD      $0x4e, X0, X3
	VPADDD       X3, X0, X0
	VEXTRACTI128 $1, Y2, X3
	VPADDD       X3, X2, X2
	VPSHUFD      $0x4e, X2, X3
	VPADDD       X3, X2, X2
	VPSHUFD      $0xb1, X2, X3
	VPADDD       X3, X2, X2
	VMOVD        X0, AX
	VMOVD        X2, BX
	VZEROUPPER
	MOVL         AX, sum+24(FP)
	MOVL         BX, weighted+28(FP)
	RET
