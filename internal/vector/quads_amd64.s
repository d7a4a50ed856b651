#include "textflag.h"

// func skipQuads(text string, quads *[3]uint32) (n int)
TEXT ·skipQuads(SB), NOSPLIT, $0-32
	MOVQ text_base+0(FP), SI
	MOVQ text_len+8(FP), CX
	MOVQ quads+16(FP), DX

	VPBROADCASTD 0(DX), Y13
	VPBROADCASTD 4(DX), Y14
	VPBROADCASTD 8(DX), Y15

block:
	SUBQ $32, CX
	JLT  done

	VMOVDQU  (SI), Y0
	VPCMPEQD Y13, Y0, Y1
	VPCMPEQD Y14, Y0, Y2
	VPCMPEQD Y15, Y0, Y3
	VPOR     Y1, Y2, Y2
	VPOR     Y2, Y3, Y3
	VPTEST   Y3, Y3
	JNZ      done

	ADDQ $32, SI
	JMP  block

done:
	VZEROUPPER
	SUBQ text_base+0(FP), SI
	MOVQ SI, n+24(FP)
	RET
