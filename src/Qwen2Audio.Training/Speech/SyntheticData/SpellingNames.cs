namespace Qwen2Audio.Training.Speech.SyntheticData;

/// <summary>Names to spell: people, streets and towns, chosen independently of the recordings' texts.</summary>
internal static class SpellingNames
{
    /// <summary>Lower-case names; a space separates the words of one name.</summary>
    public static IReadOnlyList<string> All { get; } = List.Split(['\n', ','], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

    private const string List = """
        aaron, abigail, adams, adrian, agnes, albert, alexander, alfred, alice, allison, amanda, amber, amy, andrea, andrew, angela
        anita, anna, annette, anthony, april, arnold, arthur, ashley, audrey, barbara, barry, beatrice, benjamin, bernard, bertha
        beth, betty, beverly, bill, bonnie, bradley, brandon, brenda, brian, bridget, bruce, bryan, calvin, cameron, carl, carmen
        carol, caroline, catherine, cecil, charles, charlotte, cheryl, chester, christina, christopher, cindy, clara, clarence
        claudia, clifford, clyde, connie, crystal, curtis, cynthia, daisy, dale, daniel, danielle, darlene, david, deborah, dennis
        derek, diana, dolores, dominic, dorothy, douglas, duane, dustin, dwight, earl, eddie, edgar, edith, edna, edward, edwin
        eileen, elaine, eleanor, elizabeth, ella, elmer, emily, emma, eric, erica, ernest, esther, ethan, ethel, eugene, eva, evelyn
        felix, fiona, florence, floyd, frances, francis, frank, franklin, frederick, gail, gary, geoffrey, george, gerald, gertrude
        gilbert, gladys, glenn, gloria, gordon, grace, gregory, guy, hannah, harold, harriet, harry, harvey, hazel, heather, hector
        heidi, helen, henry, herbert, herman, holly, howard, hugh, ian, ida, irene, iris, isaac, isabel, ivan, jack, jacob, jacqueline
        james, jamie, janet, janice, jason, jay, jean, jeffrey, jeremy, jerome, jessica, jill, jim, joan, joanne, joe, john, jonathan
        joseph, joshua, joyce, juan, judith, julia, julian, june, justin, karen, karl, kate, katherine, kathleen, keith, kelly
        kenneth, kevin, kim, kirk, kristen, kurt, kyle, larry, laura, lauren, lawrence, leo, leon, leonard, leroy, leslie, lester
        lewis, lillian, lisa, lloyd, lois, lorraine, louis, louise, lucas, lucille, lucy, luke, lydia, lynn, mabel, madeline, marcus
        margaret, maria, marie, marilyn, marion, mark, marsha, martha, martin, marvin, mary, matthew, maureen, maurice, max, megan
        melanie, melissa, melvin, michael, michelle, mildred, milton, miriam, mitchell, molly, monica, morris, nancy, natalie, nathan
        neil, nicholas, nicole, nina, noah, nora, norma, norman, oliver, olivia, oscar, otto, owen, pamela, patricia, patrick, paul
        paula, pauline, pearl, peggy, penny, peter, philip, phyllis, quentin, rachel, ralph, ramona, randall, raymond, rebecca, regina
        rex, rhonda, richard, rita, robert, roberta, robin, rodney, roger, roland, ronald, rosa, rosemary, ross, roxanne, roy, ruby
        russell, ruth, ryan, sally, samantha, samuel, sandra, sarah, scott, sean, sharon, shaun, sheila, shirley, sidney, silvia
        simon, sonia, sophie, stacy, stanley, stella, stephanie, stewart, stuart, susan, suzanne, sylvia, tamara, tanya, terence
        teresa, theodore, tiffany, timothy, tina, todd, tracy, travis, trevor, tyler, ursula, valerie, vanessa, vera, vernon
        veronica, vicki, victor, vincent, viola, violet, virgil, virginia, vivian, wade, wallace, walter, wanda, warren, wayne, wendy
        wesley, wilbur, wilfred, william, willow, winifred, xavier, yolanda, yvette, yvonne, zachary, zelda, zoe
        abbott, ackerman, aguilar, alvarez, armstrong, atkinson, bailey, baker, baldwin, ballard, barnes, barrett, bauer, beck, becker
        bennett, bishop, blackwell, blair, boyd, bowman, brady, brooks, browning, burke, burns, byrd, caldwell, campbell, carpenter
        carroll, castillo, chambers, chapman, chavez, clark, cobb, coleman, collins, conner, cooper, cortez, cox, crawford, cruz
        cunningham, curry, daniels, davidson, dawson, delgado, diaz, dixon, douglass, doyle, drake, duffy, duncan, dunn, edwards
        elliott, ellis, espinoza, estrada, evans, farmer, ferguson, fields, fisher, fitzgerald, fleming, fletcher, flynn, forbes
        foster, fowler, fox, freeman, fuentes, fuller, gallagher, garcia, gardner, garner, garrison, garza, gibbs, gibson, gomez
        gonzalez, goodwin, graham, greene, griffin, griffith, guerrero, guzman, hale, hamilton, hampton, hansen, hardy, harper, hawkins
        hayes, henderson, hendricks, hernandez, hicks, higgins, hodges, hoffman, hogan, holloway, holmes, hopkins, houston, hubbard
        huff, hughes, humphrey, hunter, hutchinson, ingram, jackson, jacobs, jenkins, jennings, jensen, jimenez, johnson, johnston
        jordan, keller, kennedy, kerr, kirby, klein, knight, knox, kramer, lambert, larson, lawson, leblanc, lindsey, logan, lopez
        lowe, lyons, mackenzie, maddox, maldonado, malone, mann, marquez, marsh, marshall, mcbride, mccarthy, mccoy, mcdaniel
        mcdonald, mcgee, mcguire, mcintyre, mckinney, mclaughlin, mejia, mendez, mendoza, meyer, middleton, miller, mills, molina
        montgomery, moody, morales, moreno, morgan, morton, moss, mueller, mullins, munoz, murphy, myers, nash, navarro, nelson, newman
        nguyen, nixon, nolan, norris, novak, nunez, oconnor, odonnell, oneal, ortega, ortiz, osborne, padilla, palmer, parker, parsons
        patel, patterson, payne, peck, perez, perkins, peterson, phelps, phillips, pierce, poole, porter, potter, powell, powers, pratt
        preston, price, quinn, ramirez, ramsey, randolph, reed, reeves, reyes, reynolds, rhodes, rice, richardson, riley, rios, rivera
        robbins, robertson, robinson, rodriguez, rojas, romero, rosales, rowe, ruiz, salazar, sanchez, sanders, santiago, saunders
        sawyer, schmidt, schneider, schroeder, schultz, schwartz, sexton, shaffer, shannon, shelton, shepherd, simmons, sims, skinner
        sloan, snyder, solomon, sparks, spencer, stephens, stokes, strickland, sullivan, swanson, tate, taylor, thornton, townsend
        trujillo, tucker, turner, underwood, valdez, vargas, vasquez, vaughn, vega, wagner, walker, walsh, walters, walton, watkins
        watson, weaver, weber, webster, weeks, welch, wheeler, whitaker, whitney, wiggins, wilcox, wilkerson, wilkins, williamson
        willis, winters, wolfe, woodard, woods, yates, york, young, zamora, zimmerman
        albany, allentown, altoona, atlanta, aurora, austin, baltimore, bethel park, boston, boulder, buffalo, butler, canton
        charleston, chicago, cincinnati, cleveland, columbus, dallas, dayton, denver, detroit, durham, erie, fargo, fairmont, fresno
        greensburg, harrisburg, hartford, honolulu, indiana, johnstown, kansas city, knoxville, lancaster, lansing, las vegas, latrobe
        lexington, lincoln, los angeles, louisville, madison, memphis, miami, milwaukee, minneapolis, monroeville, morgantown
        mount lebanon, nashville, new orleans, oakland, oakmont, oklahoma, omaha, orlando, oxford, penn hills, philadelphia, phoenix
        portland, providence, quincy, raleigh, reading, reno, richmond, rochester, sacramento, saint louis, salem, san diego
        san jose, santa fe, savannah, scranton, seattle, sewickley, shadyside, spokane, springfield, squirrel hill, syracuse, tacoma
        tampa, toledo, topeka, trenton, tucson, tulsa, uniontown, utica, washington, wexford, wheeling, wichita, wilmington, zanesville
        beechwood boulevard, birch lane, bridge street, browns hill road, cedar street, center avenue, cherry way, chestnut street
        church road, college avenue, creek road, dogwood drive, elm street, fair oaks, fifth avenue, forest hills, garden city
        grant street, green valley, hickory court, highland drive, ivy street, lake shore drive, laurel ridge, liberty avenue
        locust street, main street, market square, meadow lane, mill run, north side, oak hill, orchard park, park avenue, pine ridge
        poplar drive, quail run, ridge road, river view, rose garden, school lane, south hills, sunset drive, sycamore street
        union square, valley view, vine street, walnut street, washington place, west end, willow brook, winding way, woodland road
        """;
}
