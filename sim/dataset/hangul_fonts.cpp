#include "sim/dataset/glyphs.h"

namespace rowcast {
namespace {

constexpr DataPart kTrain = DataPart::kTrain, kValidation = DataPart::kValidation,
                   kTest = DataPart::kTest;

// A family, or a hand, is in one part.
constexpr PackagedFont kFonts[] = {
    {"alee/Bandal.ttf", "fonts-alee", kTrain},
    {"alee/Bangwool.ttf", "fonts-alee", kTrain},
    {"baekmuk/batang.ttf", "fonts-baekmuk", kTrain},
    {"baekmuk/dotum.ttf", "fonts-baekmuk", kTrain},
    {"baekmuk/hline.ttf", "fonts-baekmuk", kTrain},
    {"lexi/LexiGulim.ttf", "fonts-lexi-gulim", kTrain},
    {"nanum/NanumBarunGothic.ttf", "fonts-nanum", kTrain},
    {"nanum/NanumBarunpenB.ttf", "fonts-nanum-extra", kTrain},
    {"nanum/NanumBarunpenR.ttf", "fonts-nanum-extra", kTrain},
    {"nanum/NanumGothic.ttf", "fonts-nanum", kTrain},
    {"nanum/NanumGothicExtraBold.ttf", "fonts-nanum-extra", kTrain},
    {"nanum/NanumMyeongjo.ttf", "fonts-nanum", kTrain},
    {"nanum/NanumMyeongjoExtraBold.ttf", "fonts-nanum-extra", kTrain},
    {"nanum/NanumSquareEB.ttf", "fonts-nanum-extra", kTrain},
    {"nanum/NanumSquareL.ttf", "fonts-nanum-extra", kTrain},
    {"nanum/NanumBrush.ttf", "fonts-nanum-extra", kTrain},
    {"unfonts-core/UnBatang.ttf", "fonts-unfonts-core", kTrain},
    {"unfonts-core/UnDinaru.ttf", "fonts-unfonts-core", kTrain},
    {"unfonts-core/UnDinaruBold.ttf", "fonts-unfonts-core", kTrain},
    {"unfonts-core/UnDotumBold.ttf", "fonts-unfonts-core", kTrain},
    {"unfonts-core/UnGungseo.ttf", "fonts-unfonts-core", kTrain},
    {"unfonts-extra/UnJamoBatang.ttf", "fonts-unfonts-extra", kTrain},
    {"unfonts-extra/UnJamoNovel.ttf", "fonts-unfonts-extra", kTrain},
    {"unfonts-extra/UnPen.ttf", "fonts-unfonts-extra", kTrain},
    {"unfonts-extra/UnPenheulim.ttf", "fonts-unfonts-extra", kTrain},
    {"unfonts-extra/UnVada.ttf", "fonts-unfonts-extra", kTrain},
    {"unfonts-extra/UnYetgul.ttf", "fonts-unfonts-extra", kTrain},
    {"woowa-bm/BMDOHYEON_ttf.ttf", "fonts-woowa-bm", kTrain},
    {"woowa-bm/BMEULJIROTTF.ttf", "fonts-woowa-bm", kTrain},
    {"woowa-bm/BMKIRANGHAERANG-TTF.ttf", "fonts-woowa-bm", kTrain},
    {"alee/Guseul.ttf", "fonts-alee", kValidation},
    {"baekmuk/gulim.ttf", "fonts-baekmuk", kValidation},
    {"nanum/NanumPen.ttf", "fonts-nanum-extra", kValidation},
    {"unfonts-core/UnGraphic.ttf", "fonts-unfonts-core", kValidation},
    {"unfonts-extra/UnShinmun.ttf", "fonts-unfonts-extra", kValidation},
    {"woowa-bm/BMJUA_ttf.ttf", "fonts-woowa-bm", kValidation},
    {"alee/Eunjin.ttf", "fonts-alee", kTest},
    {"alee/EunjinNakseo.ttf", "fonts-alee", kTest},
    {"lexi/LexiSaebomR.ttf", "fonts-lexi-saebom", kTest},
    {"nanum/NanumSquareRoundB.ttf", "fonts-nanum", kTest},
    {"unfonts-core/UnPilgi.ttf", "fonts-unfonts-core", kTest},
    {"unfonts-core/UnPilgiBold.ttf", "fonts-unfonts-core", kTest},
    {"unfonts-extra/UnJamoSora.ttf", "fonts-unfonts-extra", kTest},
    {"unfonts-extra/UnTaza.ttf", "fonts-unfonts-extra", kTest},
    {"woowa-bm/BMHANNAPro.ttf", "fonts-woowa-bm", kTest},
    {"woowa-bm/BMYEONSUNG_ttf.ttf", "fonts-woowa-bm", kTest},
};

}  // namespace

std::span<const PackagedFont> hangul_fonts() { return kFonts; }

}  // namespace rowcast
