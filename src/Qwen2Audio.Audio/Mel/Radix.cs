using System.Numerics;

namespace Qwen2Audio.Audio.Mel;

/// <summary>
/// Passes of a self-sorting (Stockham) transform: a pass of radix r over n points with stride s reads x[q + s(p + k n/r)], k = 0 … r−1,
/// and writes y[q + s(r p + j)], turned by e^(−2πi p j / n). Tables hold cos and −sin of 2πi/400.
/// </summary>
internal static class Radix5
{
    private static readonly double C1 = Math.Cos(2 * Math.PI / 5), C2 = Math.Cos(4 * Math.PI / 5);
    private static readonly double S1 = Math.Sin(2 * Math.PI / 5), S2 = Math.Sin(4 * Math.PI / 5);

    public static void Pass(Vector<double>[] re, Vector<double>[] im, Vector<double>[] toRe, Vector<double>[] toIm, int n, int s, double[] cos, double[] sin)
    {
        Vector<double> c1 = new(C1), c2 = new(C2), s1 = new(S1), s2 = new(S2);
        int m = n / 5, step = 400 / n, part = s * m;
        for (var p = 0; p < m; p++)
        {
            Vector<double> w1r = new(cos[step * p]), w1i = new(sin[step * p]), w2r = new(cos[2 * step * p]), w2i = new(sin[2 * step * p]);
            Vector<double> w3r = new(cos[3 * step * p]), w3i = new(sin[3 * step * p]), w4r = new(cos[4 * step * p]), w4i = new(sin[4 * step * p]);
            for (var q = 0; q < s; q++)
            {
                int a = q + s * p, b = q + s * 5 * p;
                Vector<double> r0 = re[a], i0 = im[a];
                Vector<double> r14 = re[a + part] + re[a + 4 * part], i14 = im[a + part] + im[a + 4 * part];
                Vector<double> d14r = re[a + part] - re[a + 4 * part], d14i = im[a + part] - im[a + 4 * part];
                Vector<double> r23 = re[a + 2 * part] + re[a + 3 * part], i23 = im[a + 2 * part] + im[a + 3 * part];
                Vector<double> d23r = re[a + 2 * part] - re[a + 3 * part], d23i = im[a + 2 * part] - im[a + 3 * part];
                toRe[b] = r0 + r14 + r23;
                toIm[b] = i0 + i14 + i23;
                Vector<double> e1r = r0 + c1 * r14 + c2 * r23, e1i = i0 + c1 * i14 + c2 * i23;
                Vector<double> e2r = r0 + c2 * r14 + c1 * r23, e2i = i0 + c2 * i14 + c1 * i23;
                Vector<double> o1r = s1 * d14r + s2 * d23r, o1i = s1 * d14i + s2 * d23i;
                Vector<double> o2r = s2 * d14r - s1 * d23r, o2i = s2 * d14i - s1 * d23i;
                Put(toRe, toIm, b + s, e1r + o1i, e1i - o1r, w1r, w1i);
                Put(toRe, toIm, b + 2 * s, e2r + o2i, e2i - o2r, w2r, w2i);
                Put(toRe, toIm, b + 3 * s, e2r - o2i, e2i + o2r, w3r, w3i);
                Put(toRe, toIm, b + 4 * s, e1r - o1i, e1i + o1r, w4r, w4i);
            }
        }
    }

    private static void Put(Vector<double>[] re, Vector<double>[] im, int at, Vector<double> r, Vector<double> i, Vector<double> wr, Vector<double> wi)
    {
        re[at] = r * wr - i * wi;
        im[at] = r * wi + i * wr;
    }
}

/// <summary>The pass of radix 4; see <see cref="Radix5"/>.</summary>
internal static class Radix4
{
    public static void Pass(Vector<double>[] re, Vector<double>[] im, Vector<double>[] toRe, Vector<double>[] toIm, int n, int s, double[] cos, double[] sin)
    {
        int m = n / 4, step = 400 / n, part = s * m;
        for (var p = 0; p < m; p++)
        {
            Vector<double> w1r = new(cos[step * p]), w1i = new(sin[step * p]), w2r = new(cos[2 * step * p]), w2i = new(sin[2 * step * p]);
            Vector<double> w3r = new(cos[3 * step * p]), w3i = new(sin[3 * step * p]);
            for (var q = 0; q < s; q++)
            {
                int a = q + s * p, b = q + s * 4 * p;
                Vector<double> s02r = re[a] + re[a + 2 * part], s02i = im[a] + im[a + 2 * part];
                Vector<double> d02r = re[a] - re[a + 2 * part], d02i = im[a] - im[a + 2 * part];
                Vector<double> s13r = re[a + part] + re[a + 3 * part], s13i = im[a + part] + im[a + 3 * part];
                Vector<double> d13r = re[a + part] - re[a + 3 * part], d13i = im[a + part] - im[a + 3 * part];
                toRe[b] = s02r + s13r;
                toIm[b] = s02i + s13i;
                Vector<double> r = d02r + d13i, i = d02i - d13r;
                toRe[b + s] = r * w1r - i * w1i;
                toIm[b + s] = r * w1i + i * w1r;
                r = s02r - s13r;
                i = s02i - s13i;
                toRe[b + 2 * s] = r * w2r - i * w2i;
                toIm[b + 2 * s] = r * w2i + i * w2r;
                r = d02r - d13i;
                i = d02i + d13r;
                toRe[b + 3 * s] = r * w3r - i * w3i;
                toIm[b + 3 * s] = r * w3i + i * w3r;
            }
        }
    }
}
