namespace Qwen2Audio.Numerics.Products;

/// <summary>
/// How a product is split into items: blocks of rows by blocks of panels, each running over k in blocks of <see cref="Depth"/>. The split
/// never changes a result; it is the one with the least estimated time for the number of threads.
/// </summary>
internal struct GemmBlocking
{
    /// <summary>Numbers of B that an item keeps in the second-level cache at a time (a part of 512 KB).</summary>
    private const int CachedNumbers = 128 * 1024;

    /// <summary>The strip of A (<see cref="GemmTile.Rows"/> · depth) stays in the first-level cache.</summary>
    private const int MaxDepth = 512;

    // costs in units of one k of a full tile
    private const float TileStart = 5f;
    private const float ItemStart = 50f;
    private const float StripRead = 0.15f;
    private const float StripCopy = 0.3f;
    private const float PanelCopy = 0.6f;
    private const float PanelTranspose = 1.2f;

    public int RowBlock;
    public int RowBlocks;
    public int ColumnBlock;
    public int ColumnBlocks;
    public int Depth;
    public int FirstItem;

    public readonly int Items => RowBlocks * ColumnBlocks;

    /// <summary>Splits a product that is <paramref name="share"/> (0…1) of its job's work.</summary>
    public static GemmBlocking Choose(in GemmProduct p, int threads, float share)
    {
        var strips = (p.M + GemmTile.Rows - 1) / GemmTile.Rows;
        var panels = (p.N + GemmTile.Columns - 1) / GemmTile.Columns;
        var blocking = default(GemmBlocking);
        blocking.Depth = ChooseDepth(p);
        var depthBlocks = p.K == 0 ? 1 : (p.K + blocking.Depth - 1) / blocking.Depth;
        var maxPanels = strips == 1 && !p.PacksB ? panels : Math.Max(1, CachedNumbers / (blocking.Depth * GemmTile.Columns));
        var tile = p.K + TileStart * depthBlocks;
        var strip = p.K * (p.PacksA ? StripCopy : StripRead);
        var panel = !p.PacksB ? 0f : p.K * (p.BColumn == 1 ? PanelCopy : PanelTranspose);
        int bestRows = strips, bestColumns = Math.Min(panels, maxPanels);
        var best = float.MaxValue;
        for (var down = 1; down <= strips; down = Next(down))
        {
            var rows = (strips + down - 1) / down;
            for (var across = (panels + maxPanels - 1) / maxPanels; across <= panels; across = Next(across))
            {
                var columns = (panels + across - 1) / across;
                var item = rows * columns * tile + columns * panel + rows * strip + ItemStart;
                var items = (float)((strips + rows - 1) / rows * ((panels + columns - 1) / columns));
                if (items > 16 * threads && best < float.MaxValue) break;
                var cost = threads == 1 ? items * item
                    : share < 1f ? (items / threads + 0.5f * share) * item
                    : (MathF.Ceiling(items / threads) + 0.25f) * item;
                if (cost >= best) continue;
                (best, bestRows, bestColumns) = (cost, rows, columns);
            }
        }

        blocking.RowBlock = bestRows * GemmTile.Rows;
        blocking.ColumnBlock = bestColumns * GemmTile.Columns;
        blocking.RowBlocks = (strips + bestRows - 1) / bestRows;
        blocking.ColumnBlocks = (panels + bestColumns - 1) / bestColumns;
        return blocking;
    }

    private static int Next(int parts) => parts < 4 ? parts + 1 : parts + parts / 2;

    private static int ChooseDepth(in GemmProduct p)
    {
        // few enough rows for one pass of a kernel: each panel is read once, from end to end
        if (p.M <= GemmTile.Rows && !p.PacksB && !p.PacksA) return Math.Max(p.K, 1);
        var blocks = Math.Max(1, (p.K + MaxDepth - 1) / MaxDepth);
        return Math.Max(1, (p.K + blocks - 1) / blocks);
    }
}
